package requester_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/limit"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

// house is a server without sockets, and the one who calls it.
type house struct {
	t        *testing.T
	protocol sdk.Protocol
	settings sdk.Terms // of the caller
	terms    sdk.Terms // proposed by the caller
	registry *session.Registry
	store    *model.Catalog
	files    *memory.Backend // the server's
	mine     *memory.Backend // where fetched files go
	contexts *requester.Contexts
	house    *session.House
	listener *session.Listener
	sessions sync.WaitGroup
	pool     *stream.Pool
	conns    []*cable
	onSent   func(n int64) // told how many bytes the caller has sent
	onGot    func(n int64)
	bytes    []byte // everything the caller sent
	held     time.Time
}

// newHouse speaks the line protocol with a sync point every 4 bytes, unless the caller proposes less.
func newHouse(t *testing.T, p sdk.Protocol, terms ...sdk.Term) *house {
	t.Helper()
	h := &house{t: t, protocol: p, terms: terms, registry: &session.Registry{}, store: model.New(time.Now),
		files: memory.New(memory.Settings{}), mine: memory.New(memory.Settings{}), pool: stream.NewPool(8)}
	var err error
	if h.contexts, err = requester.OpenContexts(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	h.listener = &session.Listener{Name: "l", ProtocolName: p.Name(), Protocol: p, Terms: p.(sdk.Described).Describe().Defaults(),
		Timeouts: session.Timeouts{Connect: 30 * time.Second, Message: 2 * time.Minute, Idle: time.Minute, Abort: 30 * time.Second}}
	partner := sdk.Partner{ID: "PARIS", Name: "PARIS", Password: sdk.NewSecret("secret"), LocalName: "POSTERN",
		LocalPassword: sdk.NewSecret("ours"), Protocols: []string{p.Name()}, MaxSessions: 4, Messages: true,
		Receive: []string{"IN", "LINES"}, Send: []string{"OUT", "HELD"}}
	dir, err := directory.New([]sdk.Partner{partner}, plainPasswords{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := chain.New(chain.Config{Known: []sdk.Partner{partner}, Points: chain.Defaults(), Exits: []chain.Link{
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true}, {Name: grants.Name, Exit: grants.New()}}})
	if err != nil {
		t.Fatal(err)
	}
	snap := &session.Snapshot{Flows: map[string]*session.Flow{}, Backends: map[string]sdk.Backend{"files": h.files}, Chain: set}
	for _, f := range []sdk.Flow{{ID: "IN", Path: "in/{{.File}}"}, {ID: "OUT", Path: "out/statement.txt", Publish: true},
		{ID: "HELD", Path: "out/{{.File}}"}, {ID: "LINES", Path: "in/lines.txt", Records: sdk.RecordsLines, Delimiter: "\n"}} {
		f.Digest, f.OnExists = true, sdk.ExistsFail
		template, err := naming.Parse(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		snap.Flows[f.ID] = &session.Flow{Flow: f, Template: template}
	}
	h.house = &session.House{Catalog: h.store, Observer: sdk.Observers{}, Pool: stream.NewPool(8), Registry: h.registry,
		Limits: limit.New(limit.Settings{MaxSessions: 8, MaxTransfers: 4, Unauthenticated: 8}), Now: time.Now,
		Random: rand.NewChaCha8([32]byte{1}), Snapshot: func() *session.Snapshot { return snap }}
	return h
}

func lineHouse(t *testing.T) *house {
	return newHouse(t, line.New(), sdk.NumberTerm("interval", 4), sdk.NumberTerm("window", 2), sdk.FlagTerm("resync", true))
}

type plainPasswords struct{}

func (plainPasswords) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	return !stored.Empty() && stored.Equal(given), nil
}

// cable is a connection with addresses, which a test may cut.
type cable struct {
	net.Conn
	peer net.Addr
}

func (c *cable) RemoteAddr() net.Addr { return c.peer }

// options are those of a call over a connection.
func (h *house) options(c net.Conn) requester.Options {
	var mu sync.Mutex
	var sent, got int64
	return requester.Options{Conn: c, Protocol: h.protocol, Terms: h.terms, Settings: h.settings,
		Claim:  sdk.Claim{Name: "PARIS", CalledName: "POSTERN", Secret: sdk.NewSecret("secret"), Access: "mixed"},
		Expect: requester.Expect{Secret: sdk.NewSecret("ours")}, Timeouts: requester.DefaultTimeouts(), Pool: h.pool,
		Now: time.Now, Random: rand.NewChaCha8([32]byte{2, byte(len(h.conns))}), Contexts: h.contexts, Remote: "example.org:1761",
		Trace: func(out bool, b []byte) {
			mu.Lock()
			defer mu.Unlock()
			if out {
				h.bytes = append(h.bytes, b...)
				if sent += int64(len(b)); h.onSent != nil {
					h.onSent(sent)
				}
				return
			}
			if got += int64(len(b)); h.onGot != nil {
				h.onGot(got)
			}
		}}
}

// dial connects to the server and runs its session.
func (h *house) dial() net.Conn {
	near, far := net.Pipe()
	c := &cable{near, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000 + len(h.conns)}}
	h.conns = append(h.conns, &cable{far, nil})
	s, err := session.New(h.house, h.listener, c)
	if err != nil {
		h.t.Fatal(err)
	}
	h.sessions.Go(func() { s.Run(context.Background()) })
	return far
}

// call opens a call to the server.
func (h *house) call() *requester.Call {
	h.t.Helper()
	c, err := requester.Open(h.t.Context(), h.options(h.dial()))
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// cut ends the newest connection as a cable does.
func (h *house) cut() { h.conns[len(h.conns)-1].Close() }

// over waits for the server's sessions and checks that nothing is held.
func (h *house) over() {
	h.t.Helper()
	for _, c := range h.conns {
		c.Close()
	}
	h.sessions.Wait()
	if n := h.pool.InUse(); n != 0 {
		h.t.Errorf("the caller still holds %d buffers", n)
	}
	if n := h.house.Pool.InUse(); n != 0 {
		h.t.Errorf("the server still holds %d buffers", n)
	}
}

func (h *house) entries() []catalog.Entry {
	var out []catalog.Entry
	for e, err := range h.store.List(h.t.Context(), catalog.Filter{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// kept are the contexts there are.
func (h *house) kept() []requester.Context {
	h.t.Helper()
	all, err := h.contexts.List()
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// put writes a file of the server.
func (h *house) put(path, text string) {
	h.t.Helper()
	w, err := h.files.Create(sdk.Target{ID: "x" + time.Now().Format("150405"), Path: path, OnExists: sdk.ExistsReplace, Size: -1})
	if err == nil {
		err = w.WriteAt([][]byte{[]byte(text)}, 0)
	}
	if err == nil {
		_, err = w.Commit(sdk.ExistsReplace)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// offer holds a file for PARIS.
func (h *house) offer(name, text string) {
	h.t.Helper()
	h.held = h.held.Add(time.Millisecond)
	id, err := catalog.NewID(time.Now().Add(time.Duration(len(h.entries()))*time.Millisecond), h.house.Random)
	if err != nil {
		h.t.Fatal(err)
	}
	h.put("out/"+name, text)
	if _, err := h.store.Offer(h.t.Context(), catalog.Entry{ID: id, Kind: catalog.File, Direction: catalog.Send, Role: catalog.Server,
		Partner: "PARIS", Flow: "HELD", File: name, Path: "out/" + name, Backend: "files", Size: -1}); err != nil {
		h.t.Fatal(err)
	}
}

// content reads a file of a backend; "" where there is none.
func (h *house) content(b *memory.Backend, path string) string {
	r, err := b.Open(path)
	if err != nil {
		return ""
	}
	defer r.Close()
	text, err := io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// take locks the only context there is.
func (h *house) take() *requester.Held {
	h.t.Helper()
	all := h.kept()
	if len(all) != 1 {
		h.t.Fatalf("there are %d restart contexts", len(all))
	}
	held, err := h.contexts.Take(all[0].ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return held
}

// text is a file to be sent.
type text struct {
	string
	modified time.Time
	closed   *bool
}

func (x text) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(x.string)) {
		return 0, io.EOF
	}
	n := copy(p, x.string[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (x text) Info() sdk.FileInfo {
	return sdk.FileInfo{Size: int64(len(x.string)), Modified: x.modified}
}

func (x text) Close() error {
	if x.closed != nil {
		*x.closed = true
	}
	return nil
}

// outgoing is a file for flow IN.
func outgoing(content string) requester.Outgoing {
	return requester.Outgoing{Request: sdk.Request{File: "IN", Label: "letter.txt", Priority: 1}, Path: "letter.txt", Reader: text{string: content}}
}

// incoming fetches from the server into our own files.
func (h *house) incoming(name string) requester.Incoming {
	return requester.Incoming{Request: sdk.Request{File: name, Priority: 1}, Folder: "mine", Backend: h.mine,
		OnExists: sdk.ExistsFail, Place: func(g sdk.Grant) (string, error) { return naming.FileOf(g.File, g.Label), nil }}
}

type verb string

// command is what an operator does with the only entry.
func (h *house) command(verb string) error {
	return h.registry.Command(h.t.Context(), session.Verb(verb), h.entries()[0].ID, "root")
}

// noisy is a connection that flips one bit of what is read.
type noisy struct {
	net.Conn
	at, read int
}

func (c *noisy) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if i := c.at - c.read; i >= 0 && i < n {
		b[i] ^= 1
	}
	c.read += n
	return n, err
}
