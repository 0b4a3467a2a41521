package requester_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/plugins/protocol/pesit/wire/golden"
	"github.com/postern/postern/sdk"
)

func pesitHouse(t *testing.T, terms ...sdk.Term) *house {
	h := newHouse(t, pesit.Protocol{}, append([]sdk.Term{sdk.NumberTerm(pesit.TermSyncInterval, 4<<10),
		sdk.NumberTerm(pesit.TermSyncWindow, 2)}, terms...)...)
	return h
}

// long is a text of about 100 KiB whose every part differs from the others.
func long() string {
	var b strings.Builder
	for i := range 12000 {
		b.WriteString(string(rune('a'+i%26)) + strings.Repeat("x", i%13) + "\n")
	}
	return b.String()
}

func TestPesitRestartsEitherWayAfterACutAtAnyPoint(t *testing.T) {
	text := long()
	for _, settings := range []sdk.Terms{nil, {sdk.FlagTerm(pesit.SettingCRC, true)},
		{sdk.WordsTerm(pesit.SettingFraming, "raw"), sdk.FlagTerm(pesit.SettingLogon, true)}} {
		for at := int64(3); at < 20; at += 5 {
			synctest.Test(t, func(t *testing.T) {
				h := pesitHouse(t, sdk.WordsTerm(pesit.TermCompression, "horizontal"))
				h.settings = settings
				defer h.over()
				h.offer("long.txt", text)
				cutAt := func(p requester.Progress) {
					if p.Point >= at {
						h.cut()
					}
				}
				c := h.call()
				o := outgoing(text)
				o.Progress = cutAt
				_, err := c.Put(t.Context(), o)
				var cut *requester.Interrupted
				if !errors.As(err, &cut) || cut.Point < at {
					t.Fatalf("sending: %v", err)
				}
				c.Close(t.Context())
				synctest.Wait()
				c = h.call()
				o = outgoing(text)
				o.Restart = h.take()
				if got, err := c.Put(t.Context(), o); err != nil || got.Restart < at || got.SHA256 != sum(text) {
					t.Errorf("sent again: %+v: %v", got, err)
				}
				if h.content(h.files, "in/letter.txt") != text {
					t.Error("the server has something else")
				}
				in := h.incoming("*")
				in.Progress = cutAt
				if _, err = c.Get(t.Context(), in); !errors.As(err, &cut) {
					t.Fatalf("fetching: %v", err)
				}
				c.Close(t.Context())
				synctest.Wait()
				c = h.call()
				in = h.incoming("*")
				in.Restart = h.take()
				if got, err := c.Get(t.Context(), in); err != nil || got.Restart < at || got.SHA256 != sum(text) {
					t.Errorf("fetched again: %+v: %v", got, err)
				}
				if h.content(h.mine, "long.txt") != text {
					t.Error("we have something else")
				}
				c.Close(t.Context())
			})
		}
	}
}

func TestPesitLinesTravelAsRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := pesitHouse(t)
		defer h.over()
		c := h.call()
		o := outgoing("one\ntwo\nthree\n")
		o.Request.File, o.Form = "LINES", requester.Form{Records: sdk.RecordsLines, Delimiter: "\n"}
		got, err := c.Put(t.Context(), o)
		if err != nil || got.Records != 3 || h.content(h.files, "in/lines.txt") != "one\ntwo\nthree\n" {
			t.Errorf("%+v, %q: %v", got, h.content(h.files, "in/lines.txt"), err)
		}
		c.Close(t.Context())
	})
}

// TestPesitDamageIsRepairedByResynchronisation flips a byte of what the server sends, with check bytes on.
func TestPesitDamageIsRepairedByResynchronisation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := pesitHouse(t)
		h.settings = sdk.Terms{sdk.FlagTerm(pesit.SettingCRC, true)}
		defer h.over()
		text := long()
		h.offer("long.txt", text)
		o := h.options(&noisy{Conn: h.dial(), at: 50_000})
		c, err := requester.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Get(t.Context(), h.incoming("*"))
		if err != nil || got.SHA256 != sum(text) || h.content(h.mine, "long.txt") != text {
			t.Errorf("%+v: %v", got, err)
		}
		c.Close(t.Context())
		if !bytes.Contains(h.bytes, []byte{0xC0, 0x05}) {
			t.Error("no RESYN was said")
		}
	})
}

// TestPesitGreetingAndRequestAreTheRecordedOnes compares what we say with sequences that other products accept.
func TestPesitGreetingAndRequestAreTheRecordedOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := pesitHouse(t)
		defer h.over()
		c := h.call()
		o := outgoing("hello")
		o.Request.Label = "a label"
		o.Request.Attributes = map[string]string{pesit.AttrCreated: "2026-01-31T10:20:30"}
		if _, err := c.Put(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		c.Close(t.Context())
		said := entities(t, h.bytes)
		for _, kind := range []wire.Type{wire.Connect, wire.Create} {
			ours := parameters(t, said, kind)
			for _, pi := range mandatory(t, kind) {
				if !ours[pi] {
					t.Errorf("%s lacks parameter %d, which every recorded one has", kind, pi)
				}
			}
		}
	})
}

// entities cuts what was said into FPDUs.
func entities(t *testing.T, b []byte) (out []wire.FPDU) {
	t.Helper()
	var s wire.Splitter
	for len(b) > 0 {
		f, used, err := s.Next(b)
		if err != nil {
			t.Fatalf("what we said cannot be read: %v", err)
		}
		out, b = append(out, f), b[used:]
	}
	return out
}

// parameters are those that a unit of that kind has, and that no decoder complains about.
func parameters(t *testing.T, said []wire.FPDU, kind wire.Type) map[wire.PI]bool {
	t.Helper()
	has := map[wire.PI]bool{}
	for _, f := range said {
		if f.Type != kind {
			continue
		}
		var p wire.Params
		if err := p.Decode(f); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if notes, _ := p.Notes(); len(notes) > 0 {
			t.Errorf("%s: %v", kind, notes)
		}
		for pi := wire.PI(1); pi < 100; pi++ {
			has[pi] = p.Has(pi)
		}
	}
	if len(has) == 0 {
		t.Fatalf("no %s was said", kind)
	}
	return has
}

// mandatory are the parameters that every recorded unit of that kind has.
func mandatory(t *testing.T, kind wire.Type) []wire.PI {
	t.Helper()
	all, err := golden.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	count, times := 0, map[wire.PI]int{}
	for _, v := range all {
		if v.Kind != "fpdu" || len(v.Bytes) < 6 || wire.Type(binary.BigEndian.Uint16(v.Bytes[2:])) != kind {
			continue
		}
		count++
		for pi, has := range parameters(t, []wire.FPDU{{Header: wire.DecodeHeader(v.Bytes), Bytes: v.Bytes, Last: true}}, kind) {
			if has {
				times[pi]++
			}
		}
	}
	var out []wire.PI
	for pi, n := range times {
		if n == count {
			out = append(out, pi)
		}
	}
	if len(out) < 4 {
		t.Fatalf("the recorded %s have only %v in common", kind, out)
	}
	return out
}
