package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/limit"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/plugins/backend/memory"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

// site is a server on loopback that speaks the line protocol.
type site struct {
	*testing.T
	house   *session.House
	server  *server.Server
	store   *model.Catalog
	backend *memory.Backend
	log     *record
}

// record is a log that can be read while it is written.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// plain compares passwords without a hash.
type plain struct{}

func (plain) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	return stored.Equal(given), nil
}

// counter gives bytes that are never the same.
type counter struct {
	mu sync.Mutex
	n  byte
}

func (c *counter) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

func newSite(t *testing.T) *site {
	before := goleak.IgnoreCurrent()
	s := &site{T: t, store: model.New(time.Now), backend: memory.New(memory.Settings{}), log: &record{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	snap := s.snapshot()
	s.house = &session.House{Catalog: s.store, Pool: stream.NewPool(4), Limits: limit.New(limit.Settings{}),
		Registry: &session.Registry{}, Now: time.Now, Random: &counter{}, Log: log,
		Snapshot: func() *session.Snapshot { return snap }}
	s.server = server.New(s.house, log)
	t.Cleanup(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		s.server.Drain(now, 0)
		l := s.house.Limits
		if n := l.Sessions.Count() + l.Transfers.Count() + l.Unauthenticated.Count() + len(l.Listeners.Counts()) +
			len(l.Partners.Counts()) + s.house.Registry.Sessions() + s.house.Pool.InUse(); n != 0 {
			t.Errorf("%d slots, sessions or buffers were not given back", n)
		}
		goleak.VerifyNone(t, before)
	})
	return s
}

func (s *site) snapshot() *session.Snapshot {
	p := sdk.Partner{ID: "PARIS", Name: "PARIS", Password: sdk.NewSecret("secret"), Protocols: []string{"line"}, Receive: []string{"IN"}}
	dir, err := directory.New([]sdk.Partner{p}, plain{})
	if err != nil {
		s.Fatal(err)
	}
	set, err := chain.New(chain.Config{Known: []sdk.Partner{p}, Exits: []chain.Link{
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true}, {Name: grants.Name, Exit: grants.New()}}})
	if err != nil {
		s.Fatal(err)
	}
	path, err := naming.Parse("in/{{.File}}-{{.ID}}")
	if err != nil {
		s.Fatal(err)
	}
	in := &session.Flow{Flow: sdk.Flow{ID: "IN", Path: "in/{{.File}}-{{.ID}}", OnExists: sdk.ExistsFail, Digest: true}, Template: path}
	return &session.Snapshot{Flows: map[string]*session.Flow{"IN": in}, Backends: map[string]sdk.Backend{"files": s.backend}, Chain: set}
}

// listener is one with a port of the system's choice and that many connections.
func listener(name string, connections int) server.Listener {
	return server.Listener{Address: "127.0.0.1:0", Listener: session.Listener{Name: name, ProtocolName: "line",
		Protocol: line.New(), Connections: connections, Terms: line.New().Describe().Defaults().With(sdk.NumberTerm("interval", 4)),
		Timeouts: session.Timeouts{Connect: time.Minute, Message: time.Minute, Idle: time.Minute, Abort: time.Minute}}}
}

func (s *site) listen(l ...server.Listener) {
	s.Helper()
	if err := s.server.Listen(s.Context(), l, nil); err != nil {
		s.Fatal(err)
	}
}

// caller is a peer on a socket.
type caller struct {
	*testing.T
	net.Conn
	r *bufio.Reader
}

func (s *site) call(name string) *caller {
	s.Helper()
	return s.callAt(s.server.Addresses()[name].String())
}

func (s *site) callAt(address string) *caller {
	s.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.Fatal(err)
	}
	return &caller{s.T, c, bufio.NewReader(c)}
}

// says sends and waits for a line that begins like that; "" waits for the end of the connection.
func (c *caller) says(text, want string) {
	c.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.Fatal(err)
	}
	c.gets(want)
}

func (c *caller) gets(want string) {
	c.Helper()
	got, err := c.r.ReadString('\n')
	if want == "" && got == "" && err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	if err != nil || want == "" || !strings.HasPrefix(got, want) {
		c.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

// puts brings a call to the data of a file.
func (c *caller) puts() {
	c.Helper()
	c.says("HELLO PARIS secret\n", "WELCOME")
	c.says("PUT IN number=7\n", "GRANT")
	c.says("BEGIN none\n", "START 0")
}

// status is what has become of the only entry.
func (s *site) status() (out catalog.Entry) {
	s.Helper()
	n := 0
	for e, err := range s.store.List(context.Background(), catalog.Filter{}) {
		if err != nil {
			s.Fatal(err)
		}
		out = e
		n++
	}
	if n != 1 {
		s.Fatalf("the catalog holds %d entries", n)
	}
	return out
}
