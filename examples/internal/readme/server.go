package readme

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a postern that runs in the background.
type server struct {
	cmd   *exec.Cmd
	out   *transcript
	ended chan error
	over  bool
}

// transcript is what a server printed so far; ready is closed at its ready line.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	seen  bool
}

func (w *transcript) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if !w.seen && strings.Contains("\n"+w.text.String(), "\nready") {
		w.seen = true
		close(w.ready)
	}
	return len(b), nil
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// start starts a server and gives what it printed until it was ready.
func (p *Page) start(t testing.TB, text string) string {
	t.Helper()
	s := &server{out: &transcript{ready: make(chan struct{})}, ended: make(chan error, 1)}
	s.cmd = exec.Command("sh", "-c", "exec "+text)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = p.Dir, p.Env, s.out, s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	p.servers = append(p.servers, s)
	select {
	case <-s.out.ready:
	case err := <-s.ended:
		s.over = true
		t.Fatalf("$ %s: ended (%v)\n%s", text, err, s.out)
	case <-time.After(patience):
		t.Fatalf("$ %s: not ready\n%s", text, s.out)
	}
	return s.out.String()
}

// stop ends a server with SIGTERM and waits for its end; its status must be 0.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if s.over {
		return
	}
	s.over = true
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("the server ended with %v\n%s", err, s.out)
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Errorf("the server did not end\n%s", s.out)
	}
}
