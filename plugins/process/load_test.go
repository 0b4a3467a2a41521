//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestWhatCannotBeLoadedSaysWhyAndLeavesNothing(t *testing.T) {
	for actor, want := range map[string]string{
		"as-garbage":   "Unrecognized remote plugin message",
		"as-silent":    "",
		"as-gone":      "no rules here",
		"as-elsewhere": "not in its folder",
		"as-outside":   "not in its folder",
		"as-impostor":  "ask what it is",
		"as-needy":     "verify_password",
		"as-old":       "version 7.0",
	} {
		t.Run(actor, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "left") // a short name
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			t.Setenv("TMPDIR", dir)
			began := time.Now()
			patience := 15 * time.Second // of a machine that is busy
			if want == "" {
				patience = 2 * time.Second // it is waited for in vain
			}
			e, err := Load(t.Context(), settings(t, actor, func(s *Settings) { s.Limits.Start = patience }))
			if err == nil {
				_ = e.Close(context.Background())
				t.Fatal("it was loaded")
			}
			if !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\x1b") {
				t.Errorf("got %q", err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("it left %v (%v)", left, err)
			}
		})
	}
}

func TestALongNameOfTheTemporaryFolderIsNoObstacle(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+strings.Repeat("x", 100))
	eventually(t, load(t, "as-exit"))
}

func TestALoadCanBeGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Load(ctx, settings(t, "as-silent")); err == nil {
		t.Error("it was loaded")
	}
}

func TestASlowStartIsNoFailure(t *testing.T) {
	eventually(t, load(t, "as-slow"))
}

func TestFunctionsServeWhatTheySay(t *testing.T) {
	e := load(t, "as-functions")
	if d := e.Describe(); d.Name != "functions" || fmt.Sprint(d.Points) != "[authorize]" || fmt.Sprint(e.Points()) != "[authorize]" {
		t.Errorf("got %+v", d)
	}
	eventually(t, e)
	fails(t, e, sdk.PointIdentify, exittest.DoPass, ErrPoint)
	if _, err := e.OpenFilter(t.Context(), question(sdk.PointFilter, "")); err == nil {
		t.Error("it filters")
	}
	_, err := Load(t.Context(), settings(t, "as-functions", func(s *Settings) { s.Points = []sdk.Point{sdk.PointVerify} }))
	if err == nil || !strings.Contains(err.Error(), "does not serve the point verify") {
		t.Errorf("got %v", err)
	}
}

// copied is a program of the test's own.
func copied(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "scan")
	if err := os.WriteFile(path, b, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAProgramThatIsNotTheOneThatWasPinnedDoesNotRun(t *testing.T) {
	_, err := Load(t.Context(), settings(t, "as-exit", func(s *Settings) { s.SHA256 = strings.Repeat("ab", 32) }))
	if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), strings.Repeat("ab", 32)) {
		t.Errorf("got %v", err)
	}
}

func TestTheProgramThatWasOpenedIsTheOneThatRuns(t *testing.T) {
	path := copied(t)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := digest(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/false"), 0o700); err != nil {
		t.Fatal(err)
	}
	e := load(t, "as-exit", func(s *Settings) { s.Command[0], s.File, s.SHA256 = path, f, strings.ToUpper(sum) })
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.Version(), sum+"-") {
		t.Errorf("its version is %s", e.Version())
	}
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	eventually(t, e)
}

func TestAProgramThatIsWrittenToDoesNotStartAgain(t *testing.T) {
	path := copied(t)
	e := load(t, "as-exit", func(s *Settings) { s.Command[0], s.Limits.Backoff = path, time.Second })
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	until(t, "it can be written to", func() bool { // not while it runs
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return false
		}
		_, err = f.WriteString("more")
		return errors.Join(err, f.Close()) == nil
	})
	until(t, "the start fails", func() bool {
		_, err := e.Decide(t.Context(), question(sdk.PointAuthorize, exittest.DoPass))
		return err != nil && strings.Contains(err.Error(), "the pin is sha256")
	})
}

func TestSettingsReportEveryFaultAtOnce(t *testing.T) {
	_, err := Load(t.Context(), Settings{SHA256: "x", Config: []byte("[]"), Points: []sdk.Point{"nowhere"}, Limits: Limits{Memory: 1, InFlight: -1},
		Environment: map[string]string{"A=B": ""}, Sandbox: &Sandbox{Read: []string{"rules"}}})
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, want := range []string{"name:", "process:", "sha256:", "config:", "points:", "limits.memory", "limits.in_flight", "environment:", "nobody confines", "absolute"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestCloseWaitsForCallsAndThenNobodyIsLetIn(t *testing.T) {
	e, err := Load(t.Context(), settings(t, "as-exit"))
	if err != nil {
		t.Fatal(err)
	}
	pid := told(t, e, "pid")
	f, err := e.OpenFilter(t.Context(), question(sdk.PointFilter, exittest.DoCopy))
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- e.Close(context.Background()) }()
	until(t, "nobody is let in", func() bool {
		_, err := e.Decide(t.Context(), question(sdk.PointAuthorize, exittest.DoPass))
		return errors.Is(err, ErrClosed)
	})
	if got, err := f.Block([]byte("still here"), true); err != nil || string(got.Bytes) != "still here" {
		t.Errorf("the running transfer got %q (%v)", got.Bytes, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if alive(t, pid) {
		t.Error("the process is still there")
	}
	if err := e.Close(context.Background()); err != nil {
		t.Errorf("close again: %v", err)
	}
}

func TestCloseKillsWhatDoesNotEndInTime(t *testing.T) {
	e, err := Load(t.Context(), settings(t, "as-exit"))
	if err != nil {
		t.Fatal(err)
	}
	pid := told(t, e, "pid")
	asked := make(chan error, 1)
	go func() {
		_, err := e.Decide(t.Context(), question(sdk.PointVerify, "hang"))
		asked <- err
	}()
	until(t, "the call runs", func() bool { return len(e.places) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	if err := <-asked; err == nil {
		t.Error("the call was answered")
	}
	if alive(t, pid) {
		t.Error("the process is still there")
	}
}

func TestAStoppedProcessDoesNotHoldUpClose(t *testing.T) {
	e, err := Load(t.Context(), settings(t, "as-exit", func(s *Settings) {
		s.Limits.Stop, s.Limits.Deadline = 50*time.Millisecond, 20*time.Millisecond
	}))
	if err != nil {
		t.Fatal(err)
	}
	fails(t, e, sdk.PointAuthorize, "stop", ErrDeadline)
	quick(t, "close", func() {
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}
