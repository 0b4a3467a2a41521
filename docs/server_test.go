package docs_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a command, or a server's start or stop, may take on a slow machine.
const patience = 90 * time.Second

// run runs a command to its end and gives what it printed on both streams.
func (sh *shell) run(place, text string) string {
	sh.Helper()
	ctx, cancel := context.WithTimeout(sh.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.Dir, cmd.Env, cmd.WaitDelay = sh.dir, sh.env, time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		sh.Errorf("%s: $ %s: %v\n%s", place, text, err, out)
	}
	return string(out)
}

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
func (sh *shell) start(place, text string) string {
	sh.Helper()
	s := &server{out: &transcript{ready: make(chan struct{})}, ended: make(chan error, 1)}
	s.cmd = exec.Command("sh", "-c", "exec "+text)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = sh.dir, sh.env, s.out, s.out
	if _, err := os.Stat(filepath.Join(sh.dir, "postern.yaml")); err != nil { // it will write the starter, whose port may be taken
		s.cmd.Env = append(slices.Clip(sh.env), "POSTERN_LISTENERS__PESIT__ADDRESS="+sh.there("127.0.0.1:1761"))
	}
	if err := s.cmd.Start(); err != nil {
		sh.Fatalf("%s: %v", place, err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	sh.servers = append(sh.servers, s)
	select {
	case <-s.out.ready:
	case err := <-s.ended:
		s.over = true
		sh.Fatalf("%s: $ %s: ended (%v)\n%s", place, text, err, s.out)
	case <-time.After(patience):
		sh.Fatalf("%s: $ %s: not ready\n%s", place, text, s.out)
	}
	return s.out.String()
}

// kill sends a signal to the page's last server: "kill %1", "kill -HUP %1", "kill -KILL %1".
func (sh *shell) kill(place, text string) {
	sh.Helper()
	if len(sh.servers) == 0 {
		sh.Fatalf("%s: %s: no server runs", place, text)
	}
	s := sh.servers[len(sh.servers)-1]
	switch words := strings.Fields(text); {
	case len(words) == 2:
		s.stop(sh.T)
	case words[1] == "-HUP":
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			sh.Fatalf("%s: %v", place, err)
		}
	case words[1] == "-KILL":
		if err := s.cmd.Process.Kill(); err != nil {
			sh.Fatalf("%s: %v", place, err)
		}
		<-s.ended
		s.over = true
	default:
		sh.Fatalf("%s: the test does not know %q", place, text)
	}
}

// stop ends a server with SIGTERM; its exit status must be 0.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if s.over {
		return
	}
	s.over = true
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stop the server: %v", err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("the server ended with %v\n%s", err, s.out)
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Errorf("the server did not stop\n%s", s.out)
		<-s.ended
	}
}
