package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a process of the binary with a folder of its own.
type server struct {
	*testing.T
	dir     string
	config  string   // file
	env     []string // beside the test's own
	cmd     *exec.Cmd
	extra   []string // flags of serve
	address map[string]string
	said    *text // what all processes of this folder wrote to standard error
	done    chan error
}

// text collects what a process writes.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// basics is the part of a configuration that tests seldom change. Partner PARIS may do everything.
const basics = `data_dir: ./data
log: {format: text, level: info}
backends: {files: {type: local, root: ./files}}
`

const quick = "timeouts: {first_byte: 10s, connect: 10s, message: 30s, idle: 30s, abort: 200ms}\nshutdown_grace: 10s\n"

const paris = `partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]}}
`

// usual is a whole configuration: one plain listener, PARIS, and the flows IN and OUT.
func usual(terms string) string {
	return basics + quick + paris + `listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {` + terms + `}}}
flows:
  IN:  {path: "in/{{.File}}-{{.ID}}"}
  OUT: {path: "out/{{.File}}-{{.ID}}"}
`
}

// start starts a server with a configuration and waits until it is ready.
func start(t *testing.T, config string) *server {
	t.Helper()
	s := prepare(t, config)
	s.run()
	return s
}

// prepare makes the folder of a server that does not run yet.
func prepare(t *testing.T, config string) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "postern") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &server{T: t, dir: dir, config: filepath.Join(dir, "postern.yaml"), said: &text{}}
	s.configure(config)
	s.write("paris.pw", "sesame")
	t.Cleanup(s.end)
	return s
}

func (s *server) configure(config string) { s.Helper(); s.write("postern.yaml", config) }

func (s *server) write(name, content string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
}

// run starts the process.
func (s *server) run() {
	s.Helper()
	cmd := s.command(append([]string{"serve"}, s.extra...)...)
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Stderr = s.said
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.cmd, s.done = cmd, make(chan error, 1)
	first := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, r)
		s.done <- cmd.Wait()
	}()
	select {
	case line := <-first:
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "ready" {
			s.Fatalf("the server says %q instead of ready:\n%s", line, s.said)
		}
		s.address = map[string]string{}
		for _, w := range words[1:] {
			name, address, _ := strings.Cut(w, "=")
			s.address[name] = address
		}
	case <-time.After(30 * time.Second):
		s.Fatalf("the server does not get ready:\n%s", s.said)
	}
}

func (s *server) command(args ...string) *exec.Cmd {
	cmd := exec.Command(postern, append(args, "--config", s.config)...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // else each process of a race build ends a second late
	return cmd
}

// end is the end of the test.
func (s *server) end() {
	if s.cmd != nil {
		s.kill()
	}
	said := s.said.String()
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if strings.Contains(said, bad) {
			s.Errorf("the server's standard error has %q:\n%s", bad, said)
			return
		}
	}
	if s.Failed() {
		s.Logf("the server's last words:\n%s", said[max(0, len(said)-2500):])
	}
}

// kill is what a power cut does to the process.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// signal sends a signal.
func (s *server) signal(sig syscall.Signal) {
	s.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.Fatal(err)
	}
}

// exited waits for the end of the process and tells its status.
func (s *server) exited(within time.Duration) int {
	s.Helper()
	select {
	case err := <-s.done:
		s.cmd = nil
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		if err != nil {
			s.Fatal(err)
		}
		return 0
	case <-time.After(within):
		s.Fatalf("the server still runs after %s:\n%s", within, s.said)
		return -1
	}
}
