package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/cmd/internal/wiring"
)

const siteConfig = `data_dir: ./data
listeners:
  pesit: {protocol: pesit, address: "127.0.0.1:0"}
partners:
  PARIS: {password: "secret://env/PW", protocols: [pesit], receive: [IN], send: [OUT]}
flows:
  IN: {path: "in/{{.File}}"}
  OUT: {path: "out/statement.txt", publish: true}
backends:
  files: {type: local, root: ./files}
`

// site is a folder with a running server, and the verbs that call it.
type site struct {
	t       *testing.T
	dir     string
	address string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	s.start(siteConfig)
	return s
}

// start runs a server with a configuration until the test ends.
func (s *site) start(config string) {
	t := s.t
	t.Helper()
	s.write("postern.yaml", []byte(config))
	a := s.app(io.Discard, io.Discard)
	loaded, err := a.loadResolved()
	if err != nil {
		t.Fatal(err)
	}
	server, err := wiring.Start(t.Context(), wiring.Options{Config: loaded, Log: slog.New(slog.DiscardHandler), Reload: a.loadResolved})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.address = server.Addresses()["pesit"]
}

func (s *site) app(out, errs io.Writer) *app {
	a := newApp()
	a.out, a.errs, a.environ, a.configPath = out, errs, []string{"PW=secret"}, s.path("postern.yaml")
	return a
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name string, content []byte) {
	s.t.Helper()
	err := os.MkdirAll(filepath.Dir(s.path(name)), 0o700)
	if err == nil {
		err = os.WriteFile(s.path(name), content, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// run runs one command line with JSON output and gives its status and its first result.
func (s *site) run(args ...string) (status int, first transferred, errs string) {
	s.t.Helper()
	var out, bad bytes.Buffer
	status = run(s.t.Context(), s.app(&out, &bad), append(args, "-o", "json", "--state", s.path("state"), "--password-env", "PW"))
	var p report
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &p); err != nil {
			s.t.Fatalf("%v: %s", err, out.String())
		}
	}
	if len(p.Results) > 0 {
		first = p.Results[0]
	}
	return status, first, bad.String()
}

func (s *site) call(to string) []string {
	return []string{"--to", to, "--as", "PARIS", "--called", "POSTERN", "--interval", "64KiB"}
}

// cutting gives an address that leads to the server and cuts the first connection after so many bytes either way.
func (s *site) cutting(after int64) string {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	var all sync.WaitGroup
	s.t.Cleanup(all.Wait)
	s.t.Cleanup(func() { l.Close() })
	all.Go(func() {
		near, err := l.Accept()
		if err != nil {
			return
		}
		defer near.Close()
		far, err := net.Dial("tcp", s.address)
		if err != nil {
			return
		}
		defer far.Close()
		var ways sync.WaitGroup
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			ways.Go(func() {
				_, _ = io.CopyN(way[0], way[1], after) // a cut either way is what is wanted
				near.Close()
				far.Close()
			})
		}
		ways.Wait()
	})
	return l.Addr().String()
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

func TestSendGoesOnAfterACut(t *testing.T) {
	s := newSite(t)
	content := random(3 << 20)
	s.write("big.bin", content)
	status, first, errs := s.run(append([]string{"send", "--flow", "IN", s.path("big.bin")}, s.call(s.cutting(1<<20))...)...)
	if status != statusInterrupted || first.Status != "interrupted" || first.Code != "network.cut" || first.RestartPoint == 0 {
		t.Fatalf("status %d, %+v: %s", status, first, errs)
	}
	if !strings.Contains(errs, "go on with 'postern send --restart "+first.ID) {
		t.Errorf("the advice is %s", errs)
	}
	// The server is elsewhere now: --to wins over the context. A wrong address leaves it interrupted.
	status, _, errs = s.run("send", "--restart", "last", "--to", "127.0.0.1:1")
	if status != statusInterrupted {
		t.Errorf("without a server: status %d: %s", status, errs)
	}
	status, again, errs := s.run("send", "--restart", "last", "--to", s.address)
	if status != statusDone || again.RestartPoint == 0 || again.ID != first.ID || again.Bytes != int64(len(content)) {
		t.Errorf("status %d, %+v: %s", status, again, errs)
	}
	s.same("files/in/big.bin", content)
	if left, err := os.ReadDir(s.path("state")); err != nil || len(left) != 0 {
		t.Errorf("left are %v: %v", left, err)
	}
}

func TestRecvGoesOnAfterACut(t *testing.T) {
	s := newSite(t)
	content := random(3 << 20)
	s.write("files/out/statement.txt", content)
	s.write("got/.keep", nil)
	status, first, errs := s.run(append([]string{"recv", "--flow", "OUT", "--dir", s.path("got")}, s.call(s.cutting(1<<20))...)...)
	if status != statusInterrupted || first.RestartPoint == 0 {
		t.Fatalf("status %d, %+v: %s", status, first, errs)
	}
	status, again, errs := s.run("recv", "--restart", first.ID, "--to", s.address)
	if status != statusDone || again.RestartPoint == 0 || again.Path != s.path("got/OUT") {
		t.Errorf("status %d, %+v: %s", status, again, errs)
	}
	s.same("got/OUT", content)
}

func TestAFileThatChangedIsNotSentInPart(t *testing.T) {
	s := newSite(t)
	s.write("big.bin", random(3<<20))
	status, first, errs := s.run(append([]string{"send", "--flow", "IN", s.path("big.bin")}, s.call(s.cutting(1<<20))...)...)
	if status != statusInterrupted {
		t.Fatalf("status %d: %s", status, errs)
	}
	s.write("big.bin", random(2<<20))
	if status, _, errs = s.run("send", "--restart", "last", "--to", s.address); status != statusFailed || !strings.Contains(errs, "has changed") {
		t.Errorf("status %d: %s", status, errs)
	}
	if status, _, errs = s.run("send", "--forget", first.ID); status != statusDone {
		t.Errorf("forget: status %d: %s", status, errs)
	}
	if status, _, errs = s.run("send", "--restart", "last"); status != statusFailed || !strings.Contains(errs, "no transfer was interrupted") {
		t.Errorf("after it is forgotten: status %d: %s", status, errs)
	}
}

func TestForgettingAFetchRemovesItsPart(t *testing.T) {
	s := newSite(t)
	s.write("files/out/statement.txt", random(3<<20))
	s.write("got/.keep", nil)
	status, _, errs := s.run(append([]string{"recv", "--flow", "OUT", "--dir", s.path("got")}, s.call(s.cutting(1<<20))...)...)
	if status != statusInterrupted {
		t.Fatalf("status %d: %s", status, errs)
	}
	if status, _, errs = s.run("recv", "--forget", "last"); status != statusDone {
		t.Errorf("status %d: %s", status, errs)
	}
	left, err := os.ReadDir(s.path("got"))
	if err != nil || len(left) != 1 || left[0].Name() != ".keep" {
		t.Errorf("left are %v: %v", left, err)
	}
}

func (s *site) same(name string, want []byte) {
	s.t.Helper()
	got, err := os.ReadFile(s.path(name))
	if err != nil || !bytes.Equal(got, want) {
		s.t.Errorf("%s has %d bytes of %d, or others: %v", name, len(got), len(want), err)
	}
}
