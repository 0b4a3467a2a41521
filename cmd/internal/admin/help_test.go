package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
)

// desk is a running admin API with everything behind it, and a client.
type desk struct {
	*testing.T
	*Client
	dir     string
	server  *Server
	catalog *model.Catalog
	backend *memory.Backend

	expelled []string // partners whose sessions were to end
	seen     *witness
	options  Options

	mu     sync.Mutex
	faulty error // what the catalog's next listing or offer ends with
	busy   error // what a session answers instead of stopping
	purged int
	live   []session.Live
	reload error
	ids    int
}

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// newDesk starts the API on a real socket; change sets what is different.
func newDesk(t *testing.T, change ...func(*Server)) *desk {
	t.Helper()
	d := &desk{T: t, dir: t.TempDir(), backend: memory.New(memory.Settings{}), seen: &witness{}}
	var clock time.Duration
	now := func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		clock += time.Second
		return start.Add(clock)
	}
	d.catalog = model.New(now)
	settings := d.settings()
	d.options = Options{Version: "test", Catalog: faultyCatalog{d.catalog, d}, Sessions: d, Partners: d, Tester: d, Keeper: d,
		Reload: d.read, Status: func() Status { return Status{Version: "test", PID: 7, Sessions: Usage{3, 10}} },
		Exits: func() []Exit {
			return []Exit{{Name: "vet", Kind: "reactor", Points: []string{"identify"}, Calls: 3, Failures: 1}}
		},
		Settings: func() (Settings, func()) { return settings, func() {} }, Observer: d.seen, Log: slog.New(slog.DiscardHandler), Now: now, Random: random{d}}
	d.server = &Server{options: d.options, owner: 0, peer: peerUID}
	for _, c := range change {
		c(d.server)
	}
	if err := d.server.start(d.dir); err != nil {
		t.Fatalf("start the admin API: %v", err)
	}
	d.Client = Dial(d.dir)
	t.Cleanup(func() {
		d.Client.Close()
		if err := d.server.Close(context.Background()); err != nil {
			t.Errorf("close the admin API: %v", err)
		}
	})
	return d
}

func (d *desk) settings() Settings {
	flow := func(f sdk.Flow, path string) *session.Flow {
		t, err := naming.Parse(path)
		if err != nil {
			d.Fatal(err)
		}
		f.Path, f.Backend, f.OnExists = path, "files", sdk.ExistsFail
		return &session.Flow{Flow: f, Template: t}
	}
	return Settings{
		Partners: map[string]sdk.Partner{
			"PARIS": {ID: "PARIS", Name: "PARIS", Send: []string{"STATE*", "SMALL"}, Receive: []string{"ORDERS"}, Protocols: []string{"pesit"}},
			"ROME":  {ID: "ROME", Name: "ROMA", Disabled: true, Send: []string{"STATEMENTS"}},
			"MODEL": {ID: "MODEL", Template: true, Send: []string{"*"}},
		},
		Flows: map[string]*session.Flow{
			"STATEMENTS": flow(sdk.Flow{ID: "STATEMENTS"}, "out/{{.Partner}}/{{.File}}"),
			"SMALL":      flow(sdk.Flow{ID: "SMALL", MaxSize: 10}, "small/{{.File}}"),
			"ORDERS":     flow(sdk.Flow{ID: "ORDERS"}, "in/{{.File}}"),
		},
		Backends: map[string]sdk.Backend{"files": d.backend},
	}
}

// witness remembers what the observer was told.
type witness struct {
	mu   sync.Mutex
	seen []sdk.Observation
}

func (w *witness) Observe(o sdk.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, o)
}

func (w *witness) last() sdk.Observation {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return sdk.Observation{}
	}
	return w.seen[len(w.seen)-1]
}

// random gives ids that differ.
type random struct{ d *desk }

func (r random) Read(b []byte) (int, error) {
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	r.d.ids++
	clear(b)
	b[0] = byte(r.d.ids)
	return len(b), nil
}

// faultyCatalog fails when the desk says so.
type faultyCatalog struct {
	*model.Catalog
	d *desk
}

func (c faultyCatalog) List(ctx context.Context, f catalog.Filter) iter.Seq2[catalog.Entry, error] {
	return func(yield func(catalog.Entry, error) bool) {
		for e, err := range c.Catalog.List(ctx, f) {
			if !yield(e, err) {
				return
			}
		}
		if c.d.faulty != nil {
			yield(catalog.Entry{}, c.d.faulty)
		}
	}
}

func (c faultyCatalog) Offer(ctx context.Context, e catalog.Entry) (catalog.Entry, error) {
	if c.d.faulty != nil {
		return e, c.d.faulty
	}
	return c.Catalog.Offer(ctx, e)
}

// Expel counts the partners whose sessions were to end.
func (d *desk) Expel(partner, _ string) int {
	d.expelled = append(d.expelled, partner)
	return 2
}

// Command stops a running transfer as its session would.
func (d *desk) Command(ctx context.Context, v session.Verb, id, who string) error {
	if d.busy != nil {
		return d.busy
	}
	e, err := d.catalog.Get(ctx, id)
	if err != nil || e.Status() != catalog.Running {
		return session.ErrNotRunning
	}
	_, err = d.catalog.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.OperatorHalt, Reason: who, Keep: v == session.Keep})
	return err
}

func (d *desk) SetPartner(ctx context.Context, partner string, enabled bool, who string) error {
	return d.catalog.SetPartner(ctx, catalog.PartnerOverride{Partner: partner, Enabled: &enabled, By: who})
}

func (d *desk) Live(context.Context) []session.Live { return d.live }

func (d *desk) Purge(context.Context) (int, int, error) { return d.purged, 0, nil }

func (d *desk) read(context.Context) ([]string, error) {
	return []string{"limits.max_transfers"}, d.reload
}

// received makes a receive that runs, with a part in the backend.
func (d *desk) running(content string) catalog.Entry {
	d.Helper()
	ctx := context.Background()
	id, err := catalog.NewID(d.options.Now(), d.options.Random)
	d.must(err)
	target := sdk.Target{ID: id, Path: "in/" + id, OnExists: sdk.ExistsFail, Size: -1}
	w, err := d.backend.Create(target)
	d.must(err)
	d.must(w.WriteAt([][]byte{[]byte(content)}, 0))
	_, state, err := w.Sync()
	d.must(err)
	d.must(w.Close())
	e, err := d.catalog.Create(ctx, catalog.Entry{ID: id, Direction: catalog.Receive, Partner: "PARIS", Flow: "ORDERS", File: "orders",
		Path: target.Path, Backend: "files"})
	d.must(err)
	d.must(d.catalog.Begin(ctx, e.Lease()))
	d.must(d.catalog.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1, FileOffset: int64(len(content)), Backend: state}}))
	return e
}

func (d *desk) offered(name string) catalog.Entry {
	d.Helper()
	got, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: name, Priority: 1, Size: -1}, strings.NewReader("content of "+name))
	d.must(err)
	return got.Entry.Entry
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// content reads a file of the backend.
func (d *desk) content(path string) string {
	d.Helper()
	r, err := d.backend.Open(path)
	d.must(err)
	defer r.Close()
	b, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
	d.must(err)
	return string(b)
}

func (d *desk) parts() int {
	d.Helper()
	p, err := d.backend.Parts()
	d.must(err)
	return len(p)
}

// refused wants a problem that says something.
func (d *desk) refused(err error, kind, words string) {
	d.Helper()
	var p *Problem
	if !errors.As(err, &p) {
		d.Fatalf("got %v, want a problem", err)
	}
	if p.Type != kind || !strings.Contains(p.Error(), words) {
		d.Errorf("the problem is %s: %q\nwant %s: … %q …", p.Type, p.Error(), kind, words)
	}
}

// ids collects the ids of a listing.
func ids(t *testing.T, items iter.Seq2[json.RawMessage, error]) (out []string) {
	t.Helper()
	for raw, err := range items {
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		var e catalog.Entry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e.ID)
	}
	return out
}

func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("file%03d", i)
	}
	return out
}

// TestPartner repeats the question, and knows one that cannot be asked.
func (d *desk) TestPartner(_ context.Context, partner string, t Test) (Tested, error) {
	if t.Listener == "none" {
		return Tested{}, &ErrTest{"there is no such listener"}
	}
	return Tested{Partner: partner, Flow: t.Flow, Passes: t.Password != nil}, nil
}
