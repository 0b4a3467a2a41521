package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// Two configurations whose parts belong together: who hears of sync points each 4 KiB has files in a, of 8 KiB in b.
const (
	configA = basics + quick + paris + `telemetry: {address: "127.0.0.1:0"}
listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 4KiB, sync_window: 2}}}
flows: {IN: {path: "a/{{.Label}}-{{.ID}}"}}
`
	configB = `data_dir: ./data
log: {format: text, level: info}
backends: {files: {type: local, root: ./files, quota: 1TiB}}
` + quick + `telemetry: {address: "127.0.0.1:0"}
limits: {max_sessions: 100}
partners:
  PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: [IN, NEW]}
  LYON:  {protocols: [pesit], password: "secret://file/paris.pw"}
listeners:
  p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 8KiB, sync_window: 2}}
  q: {protocol: pesit, address: "127.0.0.1:0"}
flows:
  IN:  {path: "b/{{.Label}}-{{.ID}}"}
  NEW: {path: "new/{{.ID}}"}
`
)

// caller sends files, three in a session, until it is told to end. A file's label says which configuration its session
// began with.
type caller struct {
	number  int
	address string
	data    []byte
	sent    atomic.Int64
}

func (v *caller) session() error {
	c, err := peer.Dial(v.address, peer.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Connect(hello(64, 2)); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	for range 3 {
		if err := v.file(c); err != nil {
			return fmt.Errorf("file %d: %w", v.sent.Load(), err)
		}
		v.sent.Add(1)
	}
	return c.Release()
}

func (v *caller) file(c *peer.Conn) error {
	n := int(v.sent.Load())
	f := peer.File{Name: "IN", Number: v.number*10000 + n + 1, Format: 0x80, Length: 700,
		Label: fmt.Sprintf("%d-%d-of-%d", v.number, n, c.Interval)}
	if _, err := c.Create(f); err != nil {
		return err
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	if _, err := c.Begin(); err != nil {
		return err
	}
	if err := c.Send(v.data, long, 0, 0); err != nil {
		return err
	}
	if _, err := c.Finish(len(v.data), long.Records(len(v.data))); err != nil {
		return err
	}
	return c.Leave()
}

func TestReloadsWithoutEndDropNoTransferAndNoSessionSeesTwoConfigurations(t *testing.T) {
	s := start(t, configA)
	data := content(random(t), 24<<10)
	var ended atomic.Bool
	var calling sync.WaitGroup
	var faults together
	callers := make([]*caller, 6)
	for i := range callers {
		v := &caller{number: i + 1, address: s.address["p"], data: data}
		callers[i] = v
		calling.Go(func() {
			for !ended.Load() {
				if err := v.session(); err != nil {
					faults.do(func() error { return fmt.Errorf("caller %d: %w", v.number, err) })
					return
				}
			}
		})
	}
	for round := range 8 * 3 {
		if round%3 == 2 {
			s.badReload()
			continue
		}
		s.configure([]string{configB, configA}[round%3])
		s.verb("reload")
	}
	ended.Store(true)
	calling.Wait()
	faults.wait(t)

	sent := 0
	for _, v := range callers {
		sent += int(v.sent.Load())
	}
	s.shows("postern_config_last_reload_successful 0",
		fmt.Sprintf(`postern_transfers_total{direction="receive",outcome="done",partner="PARIS"} %d`, sent),
		`postern_transfer_bytes_total{direction="receive",partner="PARIS"} `+strconv.FormatFloat(float64(sent*len(data)), 'g', -1, 64),
		`postern_transfers_running{direction="receive"} 0`)
	s.configure(configA) // verbs read it too
	seen := s.oneConfiguration(data)
	if all := s.entries(); len(all) != sent || sent == 0 {
		t.Errorf("%d files were sent, and there are %d entries", sent, len(all))
	}
	if seen["a"] == 0 || seen["b"] == 0 {
		t.Errorf("transfers by configuration are %v: the test proves nothing", seen)
	}
	if r := s.refusals(); len(r) > 0 {
		t.Errorf("refused was %v", r)
	}
	for _, want := range []string{`added="flows.NEW listeners.q partners.LYON"`, `removed="flows.NEW listeners.q partners.LYON"`,
		"flows.IN.path", "listeners.p.terms.sync_interval", "reload failed"} {
		if !strings.Contains(s.said.String(), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	if strings.Contains(s.said.String(), "sesame") {
		t.Error("the log holds a secret")
	}
}

// badReload has the server read a configuration with a fault.
func (s *server) badReload() {
	s.Helper()
	failed := func() int { return strings.Count(s.said.String(), "reload failed") }
	before := failed()
	s.configure(configA + "nonsense: 1\n")
	s.signal(syscall.SIGHUP)
	s.eventually("a bad configuration is refused", func() bool { return failed() > before })
}

// oneConfiguration checks that every entry is done, whole, and where the configuration of its session wants it; it counts
// them by folder.
func (s *server) oneConfiguration(data []byte) map[string]int {
	s.Helper()
	seen := map[string]int{}
	for _, e := range s.entries() {
		folder, _, _ := strings.Cut(e.Path, "/")
		seen[folder]++
		if e.Status != "done" || folder != map[string]string{"4": "a", "8": "b"}[e.Label[strings.LastIndex(e.Label, "-")+1:]] {
			s.Errorf("entry %s is %s, labelled %s, at %s", e.ID, e.Status, e.Label, e.Path)
		}
		b, err := os.ReadFile(filepath.Join(s.dir, "files", filepath.FromSlash(e.Path)))
		if err != nil || !bytes.Equal(b, data) {
			s.Errorf("%s holds %d bytes of %d (%v)", e.Path, len(b), len(data), err)
		}
	}
	return seen
}

func TestATransferUnderWayKeepsWhatItBeganWithThroughReloads(t *testing.T) {
	s := start(t, configA)
	data := content(random(t), 24<<10)
	p := s.call(hello(64, 2))
	f := peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 700, Label: "one-of-4"}
	p.writing(f)
	p.ok(p.Send(data, long, 0, 2)) // two points are acknowledged
	for _, text := range []string{configB, configA, configB} {
		s.configure(text)
		s.verb("reload")
	}
	p.ok(p.Send(data, long, 2, 0))
	p.must(p.Finish(len(data), long.Records(len(data))))
	p.ok(p.Leave())
	f.Number, f.Label = 2, "two-of-4" // a second file of this session
	p.put(f, data, long)
	p.ok(p.Release())
	q := s.call(hello(64, 2))
	f.Number, f.Label = 3, "three-of-8"
	q.put(f, data, long)
	if seen := s.oneConfiguration(data); seen["a"] != 2 || seen["b"] != 1 {
		t.Errorf("by configuration: %v", seen)
	}
}
