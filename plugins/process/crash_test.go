//go:build linux

package process

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// soon is what a call may take that must fail closed within a second: the machine may be busy.
const soon = 5 * time.Second

func quick(t *testing.T, what string, f func()) {
	t.Helper()
	began := time.Now()
	if f(); time.Since(began) > soon {
		t.Errorf("%s took %s", what, time.Since(began))
	}
}

func TestAProcessThatEndsDuringACallFailsItAndComesBack(t *testing.T) {
	for _, how := range []string{"crash", "kill"} {
		t.Run(how, func(t *testing.T) {
			e := load(t, "as-exit")
			before := e.Running()
			quick(t, how, func() { fails(t, e, sdk.PointAuthorize, how, ErrCrashed) })
			quick(t, "the next call", func() {
				_, _ = e.Decide(t.Context(), question(sdk.PointAuthorize, exittest.DoPass))
			})
			eventually(t, e)
			if e.Running() == before {
				t.Error("it is the same process")
			}
		})
	}
}

func TestAProcessThatIsKilledFromOutsideComesBack(t *testing.T) {
	e := load(t, "as-exit")
	pid := e.Running()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "the end is noticed", func() bool { return e.Running() != pid })
	if e.Running() == 0 {
		fails(t, e, sdk.PointAuthorize, exittest.DoPass, ErrDown)
	}
	eventually(t, e)
	if why := e.Resting(); why != "" {
		t.Errorf("it runs again, and rests because %q", why)
	}
}

func TestAStoppedProcessFailsTheCallAtItsDeadlineAndIsReplaced(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Deadline = 200 * time.Millisecond })
	pid := e.Running()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, "it stands still", func() bool { return stopped(t, pid) })
	quick(t, "the call", func() { fails(t, e, sdk.PointAuthorize, exittest.DoPass, ErrDeadline) })
	eventually(t, e)
	if e.Running() == pid || alive(t, strconv.Itoa(pid)) {
		t.Error("the stopped process is still there")
	}
}

func TestAProcessThatHangsInEveryCallIsReplacedAfterSomeDeadlines(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Deadline, s.Limits.Misses = 50*time.Millisecond, 3 })
	pid := e.Running()
	for range 3 {
		quick(t, "the call", func() { fails(t, e, sdk.PointAuthorize, "hang", ErrDeadline, ErrCrashed, ErrDown) })
	}
	until(t, "another process runs", func() bool { return e.Running() != pid && e.Running() != 0 })
	eventually(t, e)
}

func TestASlowCallDoesNotEndItsProcess(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Deadline, s.Limits.Misses = 300*time.Millisecond, 2 })
	pid := told(t, e, "pid")
	for range 4 {
		fails(t, e, sdk.PointAuthorize, exittest.DoLate, ErrDeadline, ErrFailed) // whoever saw it first
		if told(t, e, "pid") != pid {
			t.Fatal("it is another process")
		}
	}
}

func TestAPanicIsAFailureOfItsCallAlone(t *testing.T) {
	e := load(t, "as-exit")
	pid := told(t, e, "pid")
	if f := fails(t, e, sdk.PointAuthorize, "panic", ErrFailed); !strings.Contains(f.Error(), "on purpose") {
		t.Errorf("got %v", f)
	}
	if told(t, e, "pid") != pid {
		t.Error("it is another process")
	}
}

func TestAHugeReplyIsAFailureOfItsCallAlone(t *testing.T) {
	e := load(t, "as-exit")
	pid := told(t, e, "pid")
	fails(t, e, sdk.PointAuthorize, "huge", ErrReply)
	fails(t, e, sdk.PointVerify, "huge", ErrReply)
	if told(t, e, "pid") != pid {
		t.Error("it is another process")
	}
}

func TestWhatAProcessHasStartedEndsWithIt(t *testing.T) {
	e := load(t, "as-exit")
	pid := told(t, e, "child")
	if !alive(t, pid) {
		t.Fatal("there is no such process")
	}
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	until(t, "the other process has ended", func() bool { return !alive(t, pid) })
	eventually(t, e)
}

func TestNoProcessOutlivesAServerThatIsKilled(t *testing.T) {
	server := exec.Command(self(t), "as-host", "as-exit")
	in, err := server.StdinPipe() // so that it stays
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	pid, err := bufio.NewReader(out).ReadString('\n')
	if pid = strings.TrimSpace(pid); err != nil || !alive(t, pid) {
		t.Fatalf("the server said %q (%v)", pid, err)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = server.Wait() // it was killed
	until(t, "its exit's process has ended", func() bool { return !alive(t, pid) })
}

func TestAProcessThatFailsToStartAgainIsLeftAloneForLongerAndLonger(t *testing.T) {
	var l log
	e := load(t, "as-once", func(s *Settings) {
		s.Command = append(s.Command, filepath.Join(t.TempDir(), "mark"))
		s.Limits.Backoff = time.Millisecond
		l.use(s)
	})
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	until(t, "the breaker is open", func() bool {
		_, err := e.Decide(t.Context(), question(sdk.PointAuthorize, exittest.DoPass))
		return strings.Contains(err.Error(), "attempt 3 in a row")
	})
	f := fails(t, e, sdk.PointAuthorize, exittest.DoPass, ErrOpen)
	if !strings.Contains(f.Error(), "exit status 4") {
		t.Errorf("got %v", f)
	}
	if !l.has("could not be started", "times=2") {
		t.Errorf("the log does not say it:\n%s", l.String())
	}
}

func TestMoreCallsThanPermittedFailAtOnce(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.InFlight, s.Limits.Wait = 2, 10*time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { _, _ = e.Decide(ctx, question(sdk.PointVerify, exittest.DoLate)) })
	}
	until(t, "both places are taken", func() bool { return len(e.places) == 2 })
	fails(t, e, sdk.PointAuthorize, exittest.DoPass, ErrBusy)
	cancel()
	all.Wait()
	eventually(t, e)
}

func TestACallThatIsGivenUpSaysSo(t *testing.T) {
	e := load(t, "as-exit")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := e.Decide(ctx, question(sdk.PointVerify, exittest.DoLate))
	f, _ := err.(*Failure)
	if f == nil || f.Kind != ErrCanceled {
		t.Errorf("got %v", err)
	}
}

func TestAStuckFilterFailsItsBlock(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Deadline = 300 * time.Millisecond })
	f, err := e.OpenFilter(t.Context(), question(sdk.PointFilter, "stuck"))
	if err != nil {
		t.Fatal(err)
	}
	quick(t, "the block", func() {
		if _, err := f.Block([]byte("x"), true); err == nil || !strings.Contains(err.Error(), "no answer within") {
			t.Errorf("got %v", err)
		}
	})
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFilterFailsWhenItsProcessEnds(t *testing.T) {
	e := load(t, "as-exit")
	f, err := e.OpenFilter(t.Context(), question(sdk.PointFilter, exittest.DoCopy))
	if err != nil {
		t.Fatal(err)
	}
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	if got, err := f.Block([]byte("x"), true); err == nil {
		t.Errorf("got %q", got.Bytes)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, e)
}
