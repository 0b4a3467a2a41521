package audit

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func TestALineThatWasCutIsTakenUpAndTheChainGoesOn(t *testing.T) {
	w := newWorld(t)
	w.write(2)
	head, err := os.ReadFile(filepath.Join(w.dir, headName)) // before the last record
	if err != nil {
		t.Fatal(err)
	}
	w.write(1)
	text := w.text(0)
	from := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n") + 1
	step := 1 + (len(text)-from)/40
	for at := from + 1; at < len(text); at += step {
		w.put(0, text[:at])
		if err := os.WriteFile(filepath.Join(w.dir, headName), head, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := w.verify(); !r.OK || r.Records != 3 || len(r.Notes) != 1 {
			t.Fatalf("cut at %d it is %+v, broken %v", at-from, r, r.Broken)
		}
		w.write(1)
		w.whole(5)
		if last := w.records()[3]; last["event"] != LogTorn || last["torn"] != text[from:at] {
			t.Fatalf("cut at %d the record is %v", at-from, last)
		}
	}
}

// TestMain is also the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("POSTERN_TEST_AUDIT"); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func writeUntilKilled(dir string) {
	w := &world{dir: dir, clock: clock{t: noon}, set: Settings{MaxSize: 20 << 10, Sync: time.Millisecond}}
	l, err := Open(Options{Settings: w.set, Dir: dir, Log: discard(), Now: time.Now})
	if err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		l.Observe(sdk.Observation{What: sdk.TransferEnded, Transfer: strings.Repeat("x", i%900)})
		if i%200 == 0 {
			l.Flush(context.Background())
		}
	}
}

func TestTheLogSurvivesBeingKilled(t *testing.T) {
	w := newWorld(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	for range 6 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "POSTERN_TEST_AUDIT="+w.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for ; ; <-time.After(2 * time.Millisecond) { // until it has written something more
			root, rerr := os.OpenRoot(w.dir)
			if rerr == nil {
				p, ok, herr := readHead(root)
				_ = root.Close()
				if herr == nil && ok && p.Seq > last+300 {
					break
				}
			} else if !errors.Is(rerr, os.ErrNotExist) {
				t.Fatal(rerr)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		r := w.verify()
		if !r.OK || r.Last <= last {
			t.Fatalf("after %d records the log is %+v, broken %v", last, r, r.Broken)
		}
		last = r.Last
	}
}

func TestWhatCannotBeWrittenIsToldAndWrittenLater(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	l.Flush(t.Context())
	w.disk.full.Store(true)
	l.Add(Record{Event: Operator, Command: "halt"})
	if s := l.Flush(t.Context()); s.Failing == "" || s.Seq != 1 {
		t.Errorf("the state is %+v", s)
	}
	v, _ := l.Guard().Decide(t.Context(), sdk.Question{})
	if v.Kind != sdk.Deny || !v.Refusal.Temporary {
		t.Errorf("the guard says %+v", v)
	}
	for range maxQueue + 10 {
		l.Observe(ended(1))
	}
	w.disk.full.Store(false)
	s := l.Flush(t.Context())
	for range 3 {
		s = l.Flush(t.Context())
	}
	if s.Failing != "" || s.Lost != 10 {
		t.Errorf("the state is %+v", s)
	}
	if v, _ = l.Guard().Decide(t.Context(), sdk.Question{}); v.Kind != sdk.Pass {
		t.Errorf("the guard says %+v", v)
	}
	w.close(l)
	if r := w.whole(2 + maxQueue + 1); r.Lost != 10 {
		t.Errorf("the log says that %d were lost", r.Lost)
	}
}

func TestAFileThatCannotBeSyncedIsLeft(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	l.Flush(t.Context())
	w.disk.bad.Store(true)
	l.Add(Record{Event: Ended})
	if s := l.Flush(t.Context()); !strings.Contains(s.Failing, "sync") {
		t.Errorf("the state is %+v", s)
	}
	w.disk.bad.Store(false)
	l.Flush(t.Context())
	w.close(l)
	if r := w.whole(3); r.Files != 2 || len(r.Notes) != 1 {
		t.Errorf("the log is %+v", r)
	}
}
