package audit

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests turn.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// world is a folder of a log with its clock.
type world struct {
	t   *testing.T
	dir string
	clock
	set  Settings
	disk disk
}

func newWorld(t *testing.T) *world {
	return &world{t: t, dir: filepath.Join(t.TempDir(), "audit"), clock: clock{t: noon},
		set: Settings{MaxSize: 64 << 20, Sync: time.Hour}}
}

func (w *world) open() *Log {
	w.t.Helper()
	l, err := Open(Options{Settings: w.set, Dir: w.dir, Log: discard(), Now: w.now, wrap: w.disk.wrap})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) close(l *Log) {
	w.t.Helper()
	if err := l.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// write opens the log, writes n ends of transfers and closes it.
func (w *world) write(n int) {
	w.t.Helper()
	l := w.open()
	for i := range n {
		l.Observe(ended(i))
		l.Flush(w.t.Context()) // a file has room for what came at once
	}
	w.close(l)
}

func ended(i int) sdk.Observation {
	return sdk.Observation{Time: noon, What: sdk.TransferEnded, Phase: sdk.PhaseData, Transfer: fmt.Sprint("transfer", i), Bytes: int64(i)}
}

func refusal(partner, peer string) sdk.Observation {
	return sdk.Observation{Time: noon, What: sdk.Refused, Phase: sdk.PhaseNegotiation, Partner: partner, Listener: "pesit",
		Peer: netip.MustParseAddrPort(peer), Refusal: sdk.Refuse(sdk.PartnerPassword, "wrong password")}
}

// verify checks the log.
func (w *world) verify(expected ...Expect) Report {
	w.t.Helper()
	r, err := Verify(w.t.Context(), w.dir, expected...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) whole(records int64) Report {
	w.t.Helper()
	r := w.verify()
	if !r.OK || r.Records != records {
		w.t.Fatalf("the log is %+v, broken %v; want %d records in order", r, r.Broken, records)
	}
	return r
}

// file is the path of the only or the nth file.
func (w *world) file(n int) string {
	w.t.Helper()
	all, err := filepath.Glob(filepath.Join(w.dir, filePrefix+"*"))
	if err != nil || len(all) <= n {
		w.t.Fatalf("there are only the files %v", all)
	}
	return all[n]
}

func (w *world) text(n int) string {
	w.t.Helper()
	b, err := os.ReadFile(w.file(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) put(n int, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file(n), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// records reads all lines as they are.
func (w *world) records() (out []map[string]any) {
	w.t.Helper()
	all, _ := filepath.Glob(filepath.Join(w.dir, filePrefix+"*"))
	for i := range all {
		for line := range strings.Lines(w.text(i)) {
			m := map[string]any{}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				w.t.Fatalf("%q is no JSON: %v", line, err)
			}
			out = append(out, m)
		}
	}
	return out
}

func (w *world) events() string {
	var out []string
	for _, r := range w.records() {
		out = append(out, fmt.Sprint(r["event"]))
	}
	return strings.Join(out, " ")
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// disk is a disk that fails when it is told to.
type disk struct{ full, bad atomic.Bool }

func (d *disk) wrap(f *os.File) file { return &failing{f, d} }

type failing struct {
	*os.File
	d *disk
}

func (f *failing) WriteAt(b []byte, at int64) (int, error) {
	if f.d.full.Load() {
		n, _ := f.File.WriteAt(b[:len(b)/2], at)
		return n, syscall.ENOSPC
	}
	return f.File.WriteAt(b, at)
}

func (f *failing) Sync() error {
	if f.d.bad.Load() {
		return syscall.EIO
	}
	return f.File.Sync()
}
