package faults

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/cable"
	"github.com/postern/postern/cmd/postern/e2e/inject"
	"github.com/postern/postern/cmd/postern/e2e/invariant"
)

// house is a server's folder, its process, and a cable to each of its listeners.
type house struct {
	*testing.T
	invariant.Server
	dir     string
	address map[string]string // where the listeners are bound now
	cables  map[string]*cable.Cable
	cmd     *exec.Cmd
	tap     *inject.Tap
	said    *text
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

// interval is the distance of two sync points in all tests.
const interval = 32 << 10

const patient = "{first_byte: 10s, connect: 10s, message: 30s, idle: 30s, abort: 200ms}"

// configuration has a plain listener and one with TLS, a flow for each durability, one with a filter, and a done exit.
func configuration(timeouts, more string) string {
	return `data_dir: ./data
log: {format: text, level: info}
backends: {files: {type: local, root: ./files}}
timeouts: ` + timeouts + `
shutdown_grace: 5s
throttle: {failures: none}
partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]}}
listeners:
  plain:  {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 32KiB, sync_window: 4}}
  secure: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 32KiB, sync_window: 4}, tls: {cert: server.pem, key: server.key}}
flows:
  IN:       {path: "in/{{.File}}-{{.ID}}"}
  CLOSE:    {path: "close/{{.File}}-{{.ID}}", durability: close}
  OUT:      {path: "out/{{.File}}-{{.ID}}"}
  FILTERED: {path: "filtered/{{.File}}-{{.ID}}", points: {filter: [turn]}}
` + more
}

// exits are the part of a configuration that asks the exit of these tests.
func exits() string {
	return `exits:
  turn: {process: [` + filepath.Join(binDir, "exit") + `]}
  note: {process: [` + filepath.Join(binDir, "exit") + `], config: {File: ./events}}
points: {done: [note]}
`
}

// build makes the folder of a server that does not run yet.
func newHouse(t *testing.T, config string) *house {
	t.Helper()
	dir, err := os.MkdirTemp("", "pf") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &house{T: t, dir: dir, said: &text{}, cables: map[string]*cable.Cable{},
		Server: invariant.Server{Postern: postern, Config: filepath.Join(dir, "postern.yaml"), Files: filepath.Join(dir, "files")}}
	cert, key := certificate(t)
	for name, text := range map[string]string{"postern.yaml": strings.ReplaceAll(config, "./events", filepath.Join(dir, "events")), "paris.pw": "sesame",
		"server.pem": cert, "server.key": key, "ca.pem": cert} {
		h.write(name, []byte(text))
	}
	for _, l := range []string{"plain", "secure"} {
		h.lay(l, nil)
	}
	t.Cleanup(h.end)
	return h
}

// lay replaces the cable to a listener.
func (h *house) lay(listener string, plan func() *cable.Cut) {
	h.Helper()
	if old := h.cables[listener]; old != nil {
		old.Close()
	}
	c, err := cable.Lay(plan)
	if err != nil {
		h.Fatal(err)
	}
	h.cables[listener] = c
	c.To(h.address[listener])
}

func (h *house) write(name string, content []byte) {
	h.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), content, 0o600); err != nil {
		h.Fatal(err)
	}
}

// run starts the server. With a judge its calls are tapped. It reports whether the server got ready: one that is to be
// killed may not.
func (h *house) run(judge inject.Judge) (ready bool) {
	h.Helper()
	cmd := exec.Command(postern, "serve", "--config", h.Config)
	cmd.Dir, cmd.Stderr = h.dir, h.said
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.Fatal(err)
	}
	h.tap = nil
	if judge != nil {
		h.tap, err = inject.Start(cmd, judge)
		if errors.Is(err, inject.ErrUnsupported) {
			h.Skipf("seccomp: %v", err)
		}
	} else {
		err = cmd.Start()
	}
	if err != nil {
		h.Fatal(err)
	}
	h.cmd, h.done = cmd, make(chan error, 1)
	return h.awaitReady(out)
}

func (h *house) awaitReady(out io.Reader) bool {
	h.Helper()
	first := make(chan string, 1)
	cmd, done := h.cmd, h.done
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, r)
		done <- cmd.Wait()
	}()
	select {
	case line := <-first:
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "ready" {
			return false
		}
		h.address = map[string]string{}
		for _, w := range words[1:] {
			name, address, _ := strings.Cut(w, "=")
			h.address[name] = address
			if c := h.cables[name]; c != nil {
				c.To(address)
			}
		}
		return true
	case <-time.After(time.Minute):
		h.Fatalf("the server does not get ready:\n%s", h.said)
		return false
	}
}

// mustRun starts the server as it is.
func (h *house) mustRun() {
	h.Helper()
	if !h.run(nil) {
		h.Fatalf("the server does not start:\n%s", h.said)
	}
}

// kill ends the server as a power switch does, unless it is dead already.
func (h *house) kill() {
	if h.cmd == nil {
		return
	}
	_ = h.cmd.Process.Kill()
	h.gone()
}

// gone waits until the process has ended.
func (h *house) gone() {
	<-h.done
	if h.tap != nil {
		h.tap.Close()
	}
	h.cmd = nil
}

// stop ends the server in good order.
func (h *house) stop() error {
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return h.exit(0)
}

func (h *house) exit(want int) error {
	select {
	case <-time.After(30 * time.Second):
		return fmt.Errorf("the server does not stop:\n%s", h.said)
	case err := <-h.done:
		h.done <- err
		h.gone()
		var exit *exec.ExitError
		status := 0
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		if status != want {
			return fmt.Errorf("the server ends with status %d: %w", status, err)
		}
	}
	return nil
}

// goroutines ends the server and counts those it had.
func (h *house) goroutines() int {
	h.Helper()
	before := len(h.said.String())
	if err := h.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		h.Fatal(err)
	}
	if err := h.exit(2); err != nil {
		h.Fatal(err)
	}
	n := invariant.Goroutines(h.said.String()[before:])
	h.said.mu.Lock()
	defer h.said.mu.Unlock()
	h.said.b.Truncate(before)
	return n
}

// end is the end of the test.
func (h *house) end() {
	for _, c := range h.cables {
		c.Close()
	}
	h.kill()
	said := h.said.String()
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if strings.Contains(said, bad) {
			h.Errorf("the server's standard error has %q:\n%s", bad, said)
			return
		}
	}
	if h.Failed() {
		h.Logf("the server's last words:\n%s", said[max(0, len(said)-6000):])
	}
}

// settled checks what must hold of a running server and then of its folder, and stops it. orphans are parts without an
// entry.
func (h *house) settled(acknowledged []invariant.Acknowledged) (orphans int) {
	h.Helper()
	if err := h.Idle(20 * time.Second); err != nil {
		h.Error(err)
	}
	faults := h.Server.Check(acknowledged)
	if err := h.stop(); err != nil {
		h.Error(err)
	}
	orphans, more := h.Agree()
	for _, err := range append(faults, more...) {
		h.Error(err)
	}
	return orphans
}
