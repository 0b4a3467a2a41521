package power

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/cmd/postern/e2e/power/disk"
	"github.com/postern/postern/cmd/postern/e2e/power/trace"
)

const configuration = `data_dir: ./disk/var/data
log: {level: error}
backends: {files: {type: local, root: ./disk/files}}
partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"], max_sessions: 16}}
listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 4KiB, sync_window: 2}}}
timeouts: {first_byte: 60s, connect: 60s, message: 60s, idle: 60s, abort: 1s}
flows:
  IN:      {path: "in/{{.Label}}/{{.File}}"}
  SAME:    {path: "same/{{.Label}}"}
  CLOSE:   {path: "close/{{.Label}}", durability: close}
  REPLACE: {path: "replace/one", on_exists: replace}
  UNIQUE:  {path: "unique/one", on_exists: unique}
  OUT:     {path: "out/{{.ID}}"}
`

// plan is how every file is cut: a sync point each 4 KiB.
var plan = peer.Plan{Article: 1000, Every: 4096}

// sent is a file that a partner gave the server, or tried to.
type sent struct {
	Label, Flow string
	Content     []byte
	Number      int
}

// call is a connection and the files that it was about, in order.
type call struct {
	To    string // the partner's port
	Files []string
}

// recording is what a server did while partners and operators worked with it.
type recording struct {
	dir   string
	trace *disk.Trace
	files map[string]*sent
	calls []*call
	offer map[string][]byte // content by entry
	// refused says that a kill alone broke a promise.
	refused error
}

// site is a server that is being recorded.
type site struct {
	*testing.T
	mu sync.Mutex
	*recording
	binary  string
	program *trace.Program
	address string
	said    bytes.Buffer
	random  *rand.Rand
}

// newSite makes the folder of a server. Its disk is empty, and in memory where there is such a file system: what is
// durable is decided here and not by the machine.
func newSite(t *testing.T, binary string) *site {
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "power")
	if err != nil {
		t.Fatal(err)
	}
	if binary == postern { // its recording is used by more than one test
		folders = append(folders, dir)
	} else {
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	s := &site{T: t, binary: binary, random: rand.New(rand.NewPCG(1, 2)), recording: &recording{dir: dir, files: map[string]*sent{}, offer: map[string][]byte{}}}
	for _, name := range []string{"disk", "keep"} {
		s.must(os.Mkdir(filepath.Join(dir, name), 0o700))
	}
	s.must(os.WriteFile(filepath.Join(dir, "postern.yaml"), []byte(configuration), 0o600))
	s.must(os.WriteFile(filepath.Join(dir, "paris.pw"), []byte("sesame"), 0o600))
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%v\n%s", err, s.said.String())
	}
}

// launch starts a program under the tracer and gives the first line that it says.
func (s *site) launch(program ...string) string {
	s.Helper()
	var err error
	s.program, err = trace.Start(trace.Options{Root: filepath.Join(s.dir, "disk"), Keep: filepath.Join(s.dir, "keep"),
		Log: filepath.Join(s.dir, "log"), Program: program, Dir: s.dir, Env: os.Environ(), Stderr: &s.said})
	if errors.Is(err, trace.ErrUnsupported) {
		s.Skipf("the server's calls cannot be seen here: %v", err)
	}
	s.must(err)
	line, _ := s.program.Stdout.ReadString('\n')
	return strings.TrimSpace(line)
}

// start starts the server and waits until it is ready.
func (s *site) start() {
	s.Helper()
	line := s.launch(s.binary, "serve", "--config", filepath.Join(s.dir, "postern.yaml"))
	_, address, ok := strings.Cut(line, "p=")
	if !ok {
		s.Fatalf("the server says %q\n%s", line, s.said.String())
	}
	s.address = address
}

// finish reads the trace when the program has ended.
func (s *site) finish() *recording {
	s.Helper()
	var err error
	s.trace, err = trace.Read(filepath.Join(s.dir, "log"))
	s.must(err)
	return s.recording
}

// stop ends the server with a signal.
func (s *site) stop(signal syscall.Signal) {
	s.Helper()
	s.must(syscall.Kill(s.program.PID, signal))
	if err := s.program.Wait(); err != nil && signal != syscall.SIGKILL {
		s.Fatalf("the server ended with %v\n%s", err, s.said.String())
	}
}

// dial opens a session.
func (s *site) dial() (*peer.Conn, *call) {
	c, err := peer.Dial(s.address, peer.Options{})
	s.must(err)
	_, port, _ := strings.Cut(c.LocalAddr().String(), ":")
	k := &call{To: port}
	s.mu.Lock()
	s.calls = append(s.calls, k)
	s.mu.Unlock()
	_, err = c.Connect(peer.Hello{Name: "PARIS", Password: "sesame", Access: 2, Interval: 4, Window: 2})
	s.must(err)
	return c, k
}

// file makes a file to be sent.
func (s *site) file(flow string, size int) *sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.files) + 1
	f := &sent{Label: fmt.Sprintf("f%d", n), Flow: flow, Number: n, Content: make([]byte, size)}
	for i := range f.Content {
		f.Content[i] = byte(s.random.Uint32())
	}
	s.files[f.Label] = f
	return f
}

// put sends a file up to a sync point (0: whole) and leaves the session open in the middle of it.
func (s *site) put(c *peer.Conn, k *call, f *sent, restart bool, until int) {
	s.mu.Lock()
	k.Files = append(k.Files, f.Label)
	s.mu.Unlock()
	_, err := c.Create(peer.File{Name: f.Flow, Label: f.Label, Number: f.Number, Restart: restart, Entity: 4096, Format: 0x80, Length: 1000})
	if restart && err != nil {
		s.refused = fmt.Errorf("%s had sync points that were acknowledged, and after a kill it cannot be restarted: %w", f.Label, err)
		return
	}
	s.must(err)
	_, err = c.Open(0)
	s.must(err)
	from, err := c.Begin()
	s.must(err)
	s.must(c.Send(f.Content, plan, from, until))
	if until != 0 {
		return
	}
	_, err = c.Finish(len(f.Content), plan.Records(len(f.Content)))
	s.must(err)
	s.must(c.Leave())
}

// offered puts a file at the partner's disposal.
func (s *site) offered(name string, content []byte) {
	s.Helper()
	cmd := exec.Command(s.binary, "offer", "--partner", "PARIS", "--flow", "OUT", "--name", name, "--config", filepath.Join(s.dir, "postern.yaml"), "-")
	cmd.Dir, cmd.Stdin = s.dir, bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		s.Fatalf("offer: %v\n%s", err, s.said.String())
	}
	s.offer[strings.TrimSpace(string(out))] = content
}

// once is the recording of the server as it is shipped, which several tests judge.
var once struct {
	sync.Once
	court *court
}

// folders are removed at the end of all tests.
var folders []string

// shipped judges the server as it is shipped.
func shipped(t *testing.T) *court {
	t.Helper()
	once.Do(func() { once.court = tribunal(t, record(t, postern)) })
	if once.court != nil && once.court.refused != nil {
		t.Error(once.court.refused)
	}
	if once.court == nil {
		t.Skip("the server could not be recorded: see the test before")
	}
	return once.court
}

// record lets a server work, be killed, recover and work again.
func record(t *testing.T, binary string) *recording {
	s := newSite(t, binary)
	s.start()
	s.firstDay()
	s.stop(syscall.SIGKILL)
	s.start()
	s.secondDay()
	s.stop(syscall.SIGTERM)
	s.start()
	s.several("IN", 9000, "CLOSE", 5000)
	s.stop(syscall.SIGKILL)
	return s.finish()
}

// several sends files on one session.
func (s *site) several(flowsAndSizes ...any) {
	c, k := s.dial()
	for i := 0; i < len(flowsAndSizes); i += 2 {
		s.put(c, k, s.file(flowsAndSizes[i].(string), flowsAndSizes[i+1].(int)), false, 0)
	}
	s.must(c.Release())
}

// firstDay ends with two files in the middle.
func (s *site) firstDay() {
	s.several("CLOSE", 3000, "IN", 10000, "SAME", 6000)
	s.offered("one", bytes.Repeat([]byte("one"), 2000))
	var all sync.WaitGroup
	all.Go(func() { s.several("SAME", 9000, "SAME", 5000, "REPLACE", 6000) })
	all.Go(func() { s.several("IN", 14000, "UNIQUE", 5000, "UNIQUE", 4500) })
	all.Wait()
	s.several("REPLACE", 7000, "CLOSE", 12000)
	c, k := s.dial()
	s.put(c, k, s.file("IN", 30000), false, 3)
	d, l := s.dial()
	s.put(d, l, s.file("SAME", 20000), false, 2)
}

// secondDay ends what was left in the middle, and leaves one more there.
func (s *site) secondDay() {
	for _, f := range []string{"IN", "SAME"} {
		c, k := s.dial()
		s.put(c, k, s.last(f), true, 0)
		s.must(c.Release())
	}
	s.offered("two", bytes.Repeat([]byte("two"), 3000))
	c, k := s.dial()
	s.put(c, k, s.file("CLOSE", 20000), false, 3)
	s.must(c.Close())
	s.several("SAME", 5000)
}

// last is the newest file of a flow.
func (s *site) last(flow string) (last *sent) {
	for _, f := range s.files {
		if f.Flow == flow && (last == nil || f.Number > last.Number) {
			last = f
		}
	}
	return last
}
