package session_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/postern/postern/core/catalog"
)

func (h *testHouse) all(p *play) []catalog.Entry {
	var out []catalog.Entry
	for e, err := range h.store.List(h.life, catalog.Filter{}) {
		if err != nil {
			p.failf("%v", err)
		}
		out = append(out, e)
	}
	return out
}

func (h *testHouse) entries(p *play, rest string) {
	var got []string
	for _, e := range h.all(p) {
		got = append(got, string(e.Status()))
	}
	if want := strings.Fields(rest); !slices.Equal(got, want) {
		p.failf("the catalog holds %v, want %v", got, want)
	}
}

func (h *testHouse) entry(p *play, rest string) {
	number, rest, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(number)
	all := h.all(p)
	if n < 1 || n > len(all) {
		p.failf("the catalog holds %d entries", len(all))
	}
	b, err := json.Marshal(all[n-1])
	if err != nil {
		p.failf("%v", err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(b, &fields); err != nil {
		p.failf("%v", err)
	}
	for _, kv := range strings.Fields(rest) {
		k, want, _ := strings.Cut(kv, "=")
		if got := fmt.Sprint(fields[k]); !matches(want, got) && !(want == "" && fields[k] == nil) {
			p.failf("entry %d has %s %q, want %q", n, k, got, want)
		}
	}
}

func (h *testHouse) files(p *play, rest string) {
	got, want := h.backend.Paths(), strings.Fields(rest)
	ok := len(got) == len(want)
	for i := 0; ok && i < len(got); i++ {
		ok = matches(want[i], got[i])
	}
	if !ok {
		p.failf("the backend holds %v, want %v", got, want)
	}
}

func (h *testHouse) content(p *play, rest string) {
	pattern, text, _ := strings.Cut(rest, " ")
	for _, path := range h.backend.Paths() {
		if !matches(pattern, path) {
			continue
		}
		r, err := h.backend.Open(path)
		if err != nil {
			p.failf("%v", err)
		}
		b, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
		r.Close()
		if err != nil || string(b) != p.unquote(text) {
			p.failf("%s holds %q (%v), want %s", path, b, err, text)
		}
		return
	}
	p.failf("there is no %s", pattern)
}
