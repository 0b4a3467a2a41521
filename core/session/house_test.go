package session_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/limit"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

// testHouse is a server without sockets: the reference catalog, files in memory, the line protocol.
type testHouse struct {
	t        *testing.T
	house    *session.House
	listener *session.Listener
	registry *session.Registry
	store    *model.Catalog
	catalog  *failing // store, with faults
	unblock  func()
	backend  *memory.Backend
	flat     bool // it has no folders
	exit     *testExit
	filters  []chain.Link
	partner  sdk.Partner
	flows    map[string]sdk.Flow
	off      atomic.Bool                   // an operator switched the partner off
	slow     atomic.Pointer[chan struct{}] // its lists wait for that
	mute     bool                          // the backend does not say what is there
	life     context.Context
	kill     context.CancelFunc
	sessions sync.WaitGroup
	port     int
	mu       sync.Mutex
	refusals []string
	seen     int
}

func newHouse(t *testing.T) *testHouse {
	h := &testHouse{t: t, registry: &session.Registry{}, store: model.New(time.Now), exit: &testExit{}}
	h.backend = memory.New(memory.Settings{})
	h.catalog = &failing{Catalog: h.store, due: map[string]int{}}
	h.life, h.kill = context.WithCancel(context.Background())
	h.partner = sdk.Partner{ID: "PARIS", Name: "PARIS", Password: sdk.NewSecret("secret"), LocalName: "POSTERN",
		LocalPassword: sdk.NewSecret("ours"), Protocols: []string{"line"}, MaxSessions: 4, Messages: true,
		Receive: []string{"INVOICES", "LINES", "PREFIXED", "ONE", "ANY*"}, Send: []string{"STATEMENTS", "HELD*", "LINES", "PREFIXED"}}
	h.flows = map[string]sdk.Flow{
		"INVOICES":   {ID: "INVOICES", Path: "in/{{.Partner}}/{{.File}}-{{.ID}}"},
		"LINES":      {ID: "LINES", Path: "in/lines.txt", Records: sdk.RecordsLines, Delimiter: "\n"},
		"PREFIXED":   {ID: "PREFIXED", Path: "in/prefixed", Records: sdk.RecordsPrefixed},
		"ONE":        {ID: "ONE", Path: "in/one"},
		"ANYTHING":   {ID: "ANYTHING", Path: "in/any.txt", MaxSize: 100},
		"FORBIDDEN":  {ID: "FORBIDDEN", Path: "in/forbidden.txt"},
		"STATEMENTS": {ID: "STATEMENTS", Path: "out/{{.Partner}}/statement.txt", Publish: true},
		"HELD":       {ID: "HELD", Path: "out/held-{{.ID}}"},
		"HELD2":      {ID: "HELD2", Path: "out/held-{{.ID}}"},
	}
	l := line.New()
	h.listener = &session.Listener{Name: "line", ProtocolName: "line", Protocol: l, Terms: l.Describe().Defaults(),
		Connections: 8, Timeouts: session.Timeouts{FirstByte: 10 * time.Second, Connect: 30 * time.Second,
			Message: 2 * time.Minute, Idle: time.Minute, Abort: 30 * time.Second}}
	h.house = &session.House{Catalog: h.catalog, Observer: h, Pool: stream.NewPool(8), Registry: h.registry,
		Limits: limit.New(limit.Settings{MaxSessions: 8, MaxTransfers: 4, Unauthenticated: 8}), Now: time.Now,
		Random: &lockedReader{r: rand.NewChaCha8([32]byte{1})}, Snapshot: h.snapshot}
	return h
}

// lockedReader gives randomness to several sessions at once, as crypto/rand does.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

// snapshot builds the configuration of now.
func (h *testHouse) snapshot() *session.Snapshot {
	dir, err := directory.New([]sdk.Partner{h.partner}, plainPasswords{})
	if err != nil {
		h.t.Fatal(err)
	}
	points := chain.Lists{}
	for p := range h.exit.answers {
		points[p] = append([]string{"test"}, chain.Defaults()[p]...)
	}
	for _, f := range h.filters {
		points[sdk.PointFilter] = append(points[sdk.PointFilter], f.Name)
	}
	set, err := chain.New(chain.Config{Known: []sdk.Partner{h.partner}, Points: points, Exits: append([]chain.Link{
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true}, {Name: grants.Name, Exit: grants.New()},
		{Name: "test", Exit: h.exit}}, h.filters...)})
	if err != nil {
		h.t.Fatal(err)
	}
	files := sdk.Backend(faltering{h.backend, h})
	if b := h.backend; h.flat {
		files = struct {
			sdk.Backend
			sdk.Statter
			sdk.Lister
			sdk.Renamer
			sdk.Remover
		}{b, b, b, b, b}
	}
	s := &session.Snapshot{Flows: map[string]*session.Flow{}, Backends: map[string]sdk.Backend{"files": files}, Chain: set, Enabled: h.enabled}
	for id, f := range h.flows {
		t, err := naming.Parse(f.Path)
		if err != nil {
			h.t.Fatal(err)
		}
		f.Digest = true
		if f.OnExists == "" {
			f.OnExists = sdk.ExistsFail
		}
		s.Flows[id] = &session.Flow{Flow: f, Template: t}
	}
	return s
}

func (h *testHouse) enabled(string) *bool {
	if h.off.Load() {
		return new(bool)
	}
	return nil
}

// plainPasswords compares without a hash: the cost of one is not what these tests are about.
type plainPasswords struct{}

func (plainPasswords) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	return !stored.Empty() && stored.Equal(given), nil
}

// Observe keeps the refusals.
func (h *testHouse) Observe(o sdk.Observation) {
	if o.What != sdk.Refused {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals = append(h.refusals, string(o.Refusal.Code))
}

// hold puts a file at the partner's disposal.
func (h *testHouse) hold(p *play, rest string) {
	fields := strings.SplitN(rest, " ", 3)
	id, err := catalog.NewID(time.Now(), h.house.Random)
	if err != nil {
		p.failf("%v", err)
	}
	path := "out/" + fields[1]
	h.write(p, path, p.unquote(fields[2]))
	if _, err := h.store.Offer(h.life, catalog.Entry{ID: id, Kind: catalog.File, Direction: catalog.Send, Role: catalog.Server,
		Partner: "PARIS", Flow: fields[0], File: fields[1], Path: path, Backend: "files", Size: -1}); err != nil {
		p.failf("%v", err)
	}
	time.Sleep(time.Millisecond) // the next one is younger
}

func (h *testHouse) file(p *play, rest string) {
	path, text, _ := strings.Cut(rest, " ")
	h.write(p, path, p.unquote(text))
}

func (h *testHouse) write(p *play, path, text string) {
	id, _ := catalog.NewID(time.Now(), h.house.Random)
	w, err := h.backend.Create(sdk.Target{ID: id, Path: path, OnExists: sdk.ExistsReplace, Size: -1})
	if err == nil {
		err = w.WriteAt([][]byte{[]byte(text)}, 0)
	}
	if err == nil {
		_, err = w.Commit(sdk.ExistsReplace)
	}
	if err != nil {
		p.failf("write %s: %v", path, err)
	}
}

func (h *testHouse) refused(p *play, rest string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.refusals[h.seen:]
	h.seen = len(h.refusals)
	if want := strings.Fields(rest); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		p.failf("refused were %v, want %v", got, want)
	}
}

func (h *testHouse) operator(p *play, rest string, fails bool) {
	verb, number, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(number)
	id := h.all(p)[n-1].ID
	do := func() error {
		var err error
		switch verb {
		case "halt", "keep":
			err = h.registry.Command(h.life, session.Verb(verb), id, "root")
			if verb == "keep" && err == session.ErrNotRunning {
				_, err = h.store.Keep(h.life, id, "root")
			}
		case "lift":
			_, err = h.store.Lift(h.life, id, "root")
		case "resume":
			_, err = h.store.Resume(h.life, id, "root")
		default:
			err = fmt.Errorf("no such verb: %s", verb)
		}
		return err
	}
	line, life := p.line, h.life
	settle := func() {
		// Who is still waiting when the server dies gets no answer.
		if err := do(); (err != nil) != fails && life.Err() == nil {
			p.Errorf("%s:%d: %s: %v", p.file, line, rest, err)
		}
	}
	if h.registry.Sessions() > 0 { // the answer may have to wait for the peer
		h.sessions.Go(settle)
		return
	}
	settle()
}

// take removes a file as somebody else would.
func (h *testHouse) take(p *play, rest string) {
	if err := h.backend.Remove(rest); err != nil {
		p.failf("%v", err)
	}
}

// crash ends every session as if the process had died: what they would still do comes too late.
func (h *testHouse) crash(p *play) {
	store := h.store.Clone()
	h.backend = h.backend.PowerCut()
	h.kill()
	h.sessions.Wait()
	h.life, h.kill = context.WithCancel(context.Background())
	h.store = store
	h.catalog = &failing{Catalog: store, due: map[string]int{}}
	house := *h.house
	house.Catalog = h.catalog
	h.registry = &session.Registry{}
	house.Registry = h.registry
	h.house = &house
	if _, err := h.store.Recover(h.life, false); err != nil {
		p.failf("%v", err)
	}
	h.refusals, h.seen = nil, 0
}

func (h *testHouse) idle(p *play) {
	l := h.house.Limits
	counts := []int{l.Sessions.Count(), l.Transfers.Count(), l.Unauthenticated.Count(), l.Listeners.Count("line"),
		l.Partners.Count("PARIS"), l.Moving.Count("PARIS"), h.registry.Sessions(), h.house.Pool.InUse()}
	if !reflect.DeepEqual(counts, make([]int, len(counts))) {
		p.failf("sessions, transfers, unauthenticated, connections, partner's sessions and transfers, open, buffers: %v", counts)
	}
}

func (h *testHouse) stop() {
	h.kill()
	h.sessions.Wait()
}

// live compares what the sessions say of their transfers.
func (h *testHouse) live(p *play, want string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var got []string
	for _, l := range h.registry.Live(ctx) {
		got = append(got, l.State, strconv.FormatInt(l.Bytes, 10))
	}
	if strings.Join(got, " ") != want {
		p.failf("live are %q, want %q", strings.Join(got, " "), want)
	}
}
