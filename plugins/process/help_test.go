//go:build linux

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/postern/postern/plugins/process/confine"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// The test's own binary is every program of the tests: its first argument says which.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if os.Args[1] == confine.Verb {
			os.Exit(confine.Main(os.Args[2:], os.Stderr))
		}
		if act := actors[os.Args[1]]; act != nil {
			act()
			os.Exit(0)
		}
		if keep := storages[os.Args[1]]; keep != nil {
			keep()
			os.Exit(0)
		}
		if speak := speakers[os.Args[1]]; speak != nil {
			speak()
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

// self is the test's own binary.
func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// settings are those of an actor; more changes them.
func settings(t testing.TB, actor string, more ...func(*Settings)) Settings {
	s := Settings{Name: "scan", Command: []string{self(t), actor}, Grants: Grants{Password: true, Stored: true, File: true},
		Environment: map[string]string{"GORACE": "atexit_sleep_ms=0"}} // else a process that is tested for races waits for a second at its end
	for _, f := range more {
		f(&s)
	}
	return s
}

// load loads an actor, and unloads it with the test.
func load(t testing.TB, actor string, more ...func(*Settings)) *Exit {
	t.Helper()
	e, err := Load(t.Context(), settings(t, actor, more...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// question makes a question at a point; the session says what the actor shall do.
func question(p sdk.Point, do string) sdk.Question {
	f := exittest.Facts(p)
	f.Session = do
	return sdk.Question{Point: p, Facts: f}
}

// told asks the exit at accept and gives the detail of its refusal, which is how actors tell something.
func told(t testing.TB, e *Exit, do string) string {
	t.Helper()
	return toldAt(t, e, sdk.PointAuthorize, do)
}

func toldAt(t testing.TB, e *Exit, p sdk.Point, do string) string {
	t.Helper()
	v, err := e.Decide(t.Context(), question(p, do))
	if err != nil {
		t.Fatalf("%s: %v", do, err)
	}
	if v.Refusal == nil {
		t.Fatalf("%s: nothing was told", do)
	}
	return v.Refusal.Detail
}

// fails asks the exit and expects a failure of a kind.
func fails(t testing.TB, e *Exit, p sdk.Point, do string, kinds ...error) *Failure {
	t.Helper()
	v, err := e.Decide(t.Context(), question(p, do))
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("%s: got %+v and %v, want a failure", do, v, err)
	}
	for _, k := range kinds {
		if errors.Is(err, k) {
			return f
		}
	}
	t.Fatalf("%s: got %v (%v), want one of %v", do, err, f.Kind, kinds)
	return f
}

// eventually asks until the exit answers again.
func eventually(t testing.TB, e *Exit) {
	t.Helper()
	until(t, "the exit answers again", func() bool {
		_, err := e.Decide(t.Context(), question(sdk.PointAuthorize, exittest.DoPass))
		return err == nil
	})
}

// until waits for something that must happen.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to be that %s", what)
		}
	}
}

// log is a logger that can be read.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *log) has(words ...string) bool {
	for line := range strings.Lines(l.String()) {
		found := true
		for _, w := range words {
			found = found && strings.Contains(line, w)
		}
		if found {
			return true
		}
	}
	return false
}

func (l *log) use(s *Settings) {
	s.Log = slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// alive reports whether a process with that number runs; a zombie does not.
func alive(t testing.TB, pid string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// stopped reports whether every thread of a process has been stopped.
func stopped(t testing.TB, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("there is no process %d (%v)", pid, err)
	}
	for _, path := range threads {
		b, _ := os.ReadFile(path) // a thread may have ended
		if _, rest, _ := strings.Cut(string(b), ") "); rest != "" && !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return true
}
