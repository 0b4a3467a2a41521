package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	exit     *testExit
	partner  sdk.Partner
	flows    map[string]sdk.Flow
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
		Random: rand.NewChaCha8([32]byte{1}), Snapshot: h.snapshot}
	return h
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
	set, err := chain.New(chain.Config{Known: []sdk.Partner{h.partner}, Points: points, Exits: []chain.Link{
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true}, {Name: grants.Name, Exit: grants.New()},
		{Name: "test", Exit: h.exit}}})
	if err != nil {
		h.t.Fatal(err)
	}
	s := &session.Snapshot{Flows: map[string]*session.Flow{}, Backends: map[string]sdk.Backend{"files": h.backend}, Chain: set}
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

// plainPasswords compares without a hash: the cost of one is not what these tests are about.
type plainPasswords struct{}

func (plainPasswords) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	return !stored.Empty() && stored.Equal(given), nil
}

// testExit answers the points it was set for.
type testExit struct {
	answers map[sdk.Point]func() (sdk.Verdict, error)
}

func (e *testExit) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	return e.answers[q.Point]()
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

// set changes the house: sessions, transfers, connections, unauthenticated, partner_sessions (numbers); refuse=say;
// hours, protocols, allow_from, messages, access, drop_flow; exit.POINT=CODE or fail; on_exists.FLOW=RULE;
// durability.FLOW=RULE; TERM=NUMBER of the listener.
func (h *testHouse) set(p *play, rest string) {
	for _, kv := range strings.Fields(rest) {
		k, v, _ := strings.Cut(kv, "=")
		n, _ := strconv.Atoi(v)
		name, arg, _ := strings.Cut(k, ".")
		switch name {
		case "sessions":
			h.house.Limits.Sessions.SetMax(n)
		case "transfers":
			h.house.Limits.Transfers.SetMax(n)
		case "unauthenticated":
			h.house.Limits.Unauthenticated.SetMax(n)
		case "connections":
			h.listener.Connections = n
		case "partner_sessions":
			h.partner.MaxSessions = n
		case "refuse":
			h.listener.Say = v == "say"
		case "protocols":
			h.partner.Protocols = strings.Split(v, ",")
		case "allow_from":
			h.partner.AllowFrom = []netip.Prefix{netip.MustParsePrefix(v)}
		case "messages":
			h.partner.Messages = v == "true"
		case "hours": // the bubble's clock begins at midnight UTC
			from, to, _ := strings.Cut(v, "-")
			h.partner.Hours = []sdk.Hours{{From: hour(from), To: hour(to)}}
		case "exit":
			h.exit.answer(sdk.Point(arg), v)
		case "on_exists", "durability", "max_restarts", "after_send":
			h.setFlow(arg, name, v)
		case "checksum":
			h.listener.Terms = h.listener.Terms.With(sdk.WordsTerm(k, v))
		default:
			h.listener.Terms = h.listener.Terms.With(sdk.NumberTerm(k, int64(n)))
		}
	}
}

func (h *testHouse) setFlow(id, key, value string) {
	f := h.flows[id]
	switch key {
	case "on_exists":
		f.OnExists = sdk.OnExists(value)
	case "durability":
		f.Durability = sdk.Durability(value)
	case "max_restarts":
		f.MaxRestarts, _ = strconv.Atoi(value)
	case "after_send":
		f.DeleteSent = value == "delete"
	}
	h.flows[id] = f
}

func hour(s string) time.Duration {
	n, _ := strconv.Atoi(s)
	return time.Duration(n) * time.Hour
}

// answer sets what the test exit says at a point: a refusal code, fail, or a change.
func (e *testExit) answer(p sdk.Point, what string) {
	if e.answers == nil {
		e.answers = map[sdk.Point]func() (sdk.Verdict, error){}
	}
	key, value, _ := strings.Cut(what, ":")
	e.answers[p] = func() (sdk.Verdict, error) {
		v := sdk.PassVerdict()
		switch key {
		case "fail":
			return sdk.Verdict{}, fmt.Errorf("the exit broke")
		case "flow":
			v.Set.Flow = &value
		case "path":
			v.Set.Path = &value
		case "quarantine":
			d := sdk.DenyVerdict(sdk.Refuse(sdk.DataRejected, "the test exit says no"))
			d.Set.Quarantine = &value
			return d, nil
		case "reply":
			v.Set.Reply = &value
		case "force_start":
			v.Set.ForceStart = true
		case "keep":
			yes := true
			v.Set.Keep = &yes
		case "narrow":
			v.Set.Terms = sdk.Terms{sdk.NumberTerm("window", 1)}
		case "widen":
			v.Set.Terms = sdk.Terms{sdk.NumberTerm("window", 60)}
		default:
			return sdk.DenyVerdict(sdk.Refuse(sdk.Code(what), "the test exit says no")), nil
		}
		return v, nil
	}
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
		l.Partners.Count("PARIS"), h.registry.Sessions(), h.house.Pool.InUse()}
	if !reflect.DeepEqual(counts, make([]int, len(counts))) {
		p.failf("sessions, transfers, unauthenticated, connections, partner's sessions, open, buffers: %v", counts)
	}
}

func (h *testHouse) stop() {
	h.kill()
	h.sessions.Wait()
}
