package e2e

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	config  string // file
	cmd     *exec.Cmd
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
	cmd := s.command("serve")
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

// try runs a verb and tells its exit status.
func (s *server) try(args ...string) (out, errs string, status int) {
	s.Helper()
	var o, e bytes.Buffer
	cmd := s.command(args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// verb runs a verb that must succeed.
func (s *server) verb(args ...string) string {
	s.Helper()
	out, errs, status := s.try(args...)
	if status != 0 {
		s.Fatalf("postern %s ends with status %d: %s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// read runs a verb and reads what it prints.
func (s *server) read(into any, args ...string) {
	s.Helper()
	out := s.verb(append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.Fatalf("postern %s prints no JSON: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// entry is what the catalog tells of a transfer.
type entry struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Direction string    `json:"direction"`
	Partner   string    `json:"partner"`
	Flow      string    `json:"flow"`
	Stage     string    `json:"stage"`
	Step      string    `json:"step"`
	Status    string    `json:"status"`
	Code      string    `json:"code"`
	File      string    `json:"file"`
	Label     string    `json:"label"`
	Bytes     int64     `json:"bytes"`
	Records   int64     `json:"records"`
	Point     int       `json:"restart_point"`
	Offset    int64     `json:"restart_offset"`
	Attempts  int       `json:"attempts"`
	Path      string    `json:"path"`
	SHA256    string    `json:"sha256"`
	Number    int       `json:"number"`
	PeerID    string    `json:"peer_id"`
	Ack       string    `json:"ack"`
	Text      string    `json:"text"`
	Successor string    `json:"superseded_by"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *server) entries(args ...string) []entry {
	s.Helper()
	var out []entry
	s.read(&out, append([]string{"catalog", "list"}, args...)...)
	return out
}

// entry is the only entry there is.
func (s *server) entry() entry {
	s.Helper()
	all := s.entries()
	if len(all) != 1 {
		s.Fatalf("%d entries, one is right: %+v", len(all), all)
	}
	return all[0]
}

func (s *server) show(id string) entry {
	s.Helper()
	var e entry
	s.read(&e, "catalog", "show", id)
	return e
}

type refusal struct {
	Phase string `json:"phase"`
	Code  string `json:"code"`
	Count int    `json:"count"`
	Peer  string `json:"peer"`
}

// refusals counts the refusals by their code.
func (s *server) refusals() map[string]int {
	s.Helper()
	var all []refusal
	s.read(&all, "refusals", "list", "--limit", "0")
	out := map[string]int{}
	for _, r := range all {
		out[r.Code] += max(r.Count, 1)
	}
	return out
}

type status struct {
	Sessions  struct{ Used, Limit int }
	Transfers struct{ Used, Limit int }
}

func (s *server) status() status {
	s.Helper()
	var out status
	s.read(&out, "status")
	return out
}

// idle waits until no session and no transfer has a slot.
func (s *server) idle() {
	s.Helper()
	s.eventually("every slot is given back", func() bool {
		st := s.status()
		return st.Sessions.Used == 0 && st.Transfers.Used == 0
	})
}

// eventually waits until something is so.
func (s *server) eventually(what string, so func() bool) {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 20 * 50 {
		if so() {
			return
		}
		<-tick.C
	}
	s.Fatalf("it does not happen that %s", what)
}

// stored is the content of a file of the backend.
func (s *server) stored(path string) []byte {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "files", filepath.FromSlash(path)))
	if err != nil {
		s.Fatal(err)
	}
	return b
}

// publish puts a file into the backend.
func (s *server) publish(path, content string) {
	s.Helper()
	name := filepath.Join(s.dir, "files", filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
}

// files are the paths of all files of the backend, temporary ones too.
func (s *server) files() []string {
	s.Helper()
	var out []string
	root := filepath.Join(s.dir, "files")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// isPart knows temporary files.
func isPart(path string) bool { return strings.HasPrefix(filepath.Base(path), ".postern-") }

// arrived checks that an entry is done and its file is exactly that.
func (s *server) arrived(e entry, want []byte) {
	s.Helper()
	if err := s.whole(e, want); err != nil {
		s.Fatal(err)
	}
}

func (s *server) whole(e entry, want []byte) error {
	if e.Status != "done" || e.Bytes != int64(len(want)) || e.SHA256 != digest(want) {
		return fmt.Errorf("entry %s of %s is %s with %d bytes and digest %s; done, %d and %s are right", e.ID, e.File, e.Status, e.Bytes, e.SHA256, len(want), digest(want))
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "files", filepath.FromSlash(e.Path)))
	if err != nil {
		return err
	}
	if !bytes.Equal(b, want) {
		return fmt.Errorf("file %s differs from what was sent: %d bytes, %d sent, first difference at %d", e.Path, len(b), len(want), difference(b, want))
	}
	return nil
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
