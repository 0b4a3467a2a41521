//go:build linux

package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/process/confine"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

func TestTheEnvironmentIsNotInherited(t *testing.T) {
	t.Setenv("OUR_PW", "sesame")
	e := load(t, "as-exit", func(s *Settings) { s.Environment["RULES"] = "strict" })
	var names []string
	env := told(t, e, "env")
	for line := range strings.Lines(env) {
		name, _, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(name, "PLUGIN_") {
			names = append(names, name)
		}
	}
	if strings.Contains(env, "sesame") || strings.Contains(env, "PATH=") || !strings.Contains(env, "RULES=strict") || len(names) > 5 {
		t.Errorf("it has %q", names)
	}
}

func TestAnExitIsGivenItsOwnSettings(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Config = []byte(`{"list":"partners.csv"}`) })
	if got := told(t, e, "config"); got != `{"list":"partners.csv"}` {
		t.Errorf("got %q", got)
	}
}

func TestSecretsAreShownOnlyToWhoWasGrantedThem(t *testing.T) {
	key := exittest.DoProbe + "claim.secret"
	if got := toldAt(t, load(t, "as-exit"), sdk.PointIdentify, key); got != "sesame" {
		t.Errorf("granted: %q", got)
	}
	e := load(t, "as-exit", func(s *Settings) { s.Grants = Grants{} })
	if got := toldAt(t, e, sdk.PointIdentify, key); got == "sesame" {
		t.Errorf("not granted: %q", got)
	}
	if got := toldAt(t, e, sdk.PointVerify, exittest.DoProbe+"content"); got != exittest.Absent {
		t.Errorf("the file, not granted: %q", got)
	}
}

func TestWhatAnExitSaysEndsInTheLog(t *testing.T) {
	var l log
	e := load(t, "as-exit", l.use)
	told(t, e, "log")
	until(t, "the log has it all", func() bool {
		return l.has("level=WARN", "a warning of the exit", "exit=scan", "plugin.file=orders.txt") && l.has("printed to stdout") && l.has("printed to stderr")
	})
}

func TestAFloodOfLinesIsCutAndCounted(t *testing.T) {
	var l log
	e := load(t, "as-exit", l.use, func(s *Settings) { s.Limits.Deadline = 30 * time.Second })
	told(t, e, "flood")
	fails(t, e, sdk.PointAuthorize, "crash", ErrCrashed)
	until(t, "the dropped lines were counted", func() bool { return l.has("lines were dropped", "lines=") })
	if n := len(l.String()); n > 8<<20 {
		t.Errorf("the log has %d bytes", n)
	}
	eventually(t, e)
}

func TestLongAndBrokenLinesAreNoHarm(t *testing.T) {
	var l log
	s := Settings{}
	l.use(&s)
	k := newTalk(s.Log, time.Now)
	k.listen(strings.NewReader(strings.Repeat("x", 1<<20) + "\n{\"@level\":\"error\",\"@message\":\"broken\n{\n\nthe\x1b[31mend\n" +
		`{"@level":"error","@message":"whole","a":{"b":1}}` + "\npanic: at last"))
	if !l.has("level=INFO", "xxxx") || !l.has("level=ERROR", "msg=whole", "plugin.a=map[b:1]") || !l.has("the [31mend") || !l.has("level=ERROR", "panic: at last") {
		t.Errorf("got\n%.3000s", l.String())
	}
	if n := len(l.String()); n > 2*longestLine {
		t.Errorf("the log has %d bytes", n)
	}
}

func TestLimitsHold(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits of another process can be set on Linux only")
	}
	e := load(t, "as-exit", func(s *Settings) { s.Limits.Files, s.Limits.Memory = 64, 512<<20 })
	if got := told(t, e, "files"); len(got) != 2 {
		t.Errorf("it opened %s files", got)
	}
	fails(t, e, sdk.PointVerify, fmt.Sprint("allocate ", 1<<30), ErrCrashed)
	eventually(t, e)
}

func sandboxed(t *testing.T, more func(*Sandbox)) *Exit {
	t.Helper()
	if lacks := confine.Lacks(true); lacks != "" {
		t.Skip("the system lacks " + lacks)
	}
	return load(t, "as-exit", func(s *Settings) {
		s.Sandbox, s.Confine, s.Limits.Deadline = &Sandbox{}, []string{"/proc/self/exe", confine.Verb}, 20*time.Second
		if more != nil {
			more(s.Sandbox)
		}
	})
}

func refused(t *testing.T, e *Exit, do string) {
	t.Helper()
	if got := told(t, e, do); !strings.Contains(got, "permission denied") && !strings.Contains(got, "operation not permitted") {
		t.Errorf("%s: %s", do, got)
	}
}

func done(t *testing.T, e *Exit, do string) {
	t.Helper()
	if got := told(t, e, do); got != "done" {
		t.Errorf("%s: %s", do, got)
	}
}

func TestASandboxKeepsTheProcessAwayFromFilesTheNetworkAndOtherProcesses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"secret", "in/rules", "out/report"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := sandboxed(t, func(b *Sandbox) {
		b.Read, b.Write = []string{filepath.Join(dir, "in")}, []string{filepath.Join(dir, "out")}
	})
	refused(t, e, "read "+filepath.Join(dir, "secret"))
	refused(t, e, "read /etc/passwd")
	refused(t, e, "write "+filepath.Join(dir, "in/rules"))
	refused(t, e, "dial "+l.Addr().String())
	refused(t, e, "signal")
	done(t, e, "read "+filepath.Join(dir, "in/rules"))
	done(t, e, "write "+filepath.Join(dir, "out/report"))
	done(t, e, "temporary")

	e = sandboxed(t, func(b *Sandbox) { b.Network = true })
	done(t, e, "dial "+l.Addr().String())
}

func TestASandboxedProcessIsAskedLikeAnyOther(t *testing.T) {
	exittest.RunFilter(t, sandboxed(t, nil))
}

func TestASandboxedProcessComesBackToo(t *testing.T) {
	e := sandboxed(t, nil)
	fails(t, e, sdk.PointAuthorize, "kill", ErrCrashed)
	eventually(t, e)
}

// large is a file of n bytes.
func large(n int) io.ReaderAt { return bytes.NewReader(bytes.Repeat([]byte("0123456789abcdef"), n/16)) }

func verify(t testing.TB, e *Exit, do string, file io.ReaderAt) string {
	t.Helper()
	q := question(sdk.PointVerify, do)
	q.Facts.File.Content, q.Facts.File.Bytes = file, 32<<20
	v, err := e.Decide(t.Context(), q)
	if err != nil || v.Refusal == nil {
		t.Fatalf("%s: %+v, %v", do, v, err)
	}
	return v.Refusal.Detail
}

func TestAFileIsStreamedAndTheAnswerMayComeBeforeItsEnd(t *testing.T) {
	e := load(t, "as-exit")
	file := large(32 << 20)
	if got := verify(t, e, "count", file); got != fmt.Sprint(32<<20, " <nil>") {
		t.Errorf("counted: %s", got)
	}
	if got := verify(t, e, "first", file); got != "0123" {
		t.Errorf("the first bytes: %s", got)
	}
	if got := verify(t, e, "at 16777220", file); got != "4 <nil> 0 <nil>" {
		t.Errorf("in the middle: %s", got)
	}
	if got := verify(t, e, fmt.Sprint("at ", 32<<20-2), file); got != "2 EOF 2 <nil>" {
		t.Errorf("at the end: %s", got)
	}
}

// open asks at open about a file that is sent.
func open(t testing.TB, e *Exit, do string, file io.ReaderAt) string {
	t.Helper()
	q := question(sdk.PointOpen, do)
	q.Facts.Target.Content, q.Facts.Target.Size = file, 32<<20
	v, err := e.Decide(t.Context(), q)
	if err != nil || v.Refusal == nil {
		t.Fatalf("%s: %+v, %v", do, v, err)
	}
	return v.Refusal.Detail
}

func TestAFileThatIsSentIsStreamedAtOpen(t *testing.T) {
	e := load(t, "as-exit")
	file := large(32 << 20)
	if got := open(t, e, "count", large(4<<20)); got != fmt.Sprint(4<<20, " <nil>") {
		t.Errorf("counted: %s", got)
	}
	if got := open(t, e, "first", file); got != "0123" {
		t.Errorf("the first bytes: %s", got)
	}
	if got := open(t, e, exittest.DoProbe+"request.file", file); got == exittest.Absent {
		t.Error("an exit that does not read the file is not told the facts")
	}
	q := question(sdk.PointOpen, "count")
	q.Facts.Target.Content = broken{}
	if _, err := e.Decide(t.Context(), q); !errors.Is(err, ErrFile) {
		t.Errorf("a file that cannot be read is a shorter one: %v", err)
	}
}

func TestAFileThatIsSentIsShownOnlyByGrant(t *testing.T) {
	e := load(t, "as-exit", func(s *Settings) { s.Grants.File = false })
	if got := toldAt(t, e, sdk.PointOpen, exittest.DoProbe+"content"); got != exittest.Absent {
		t.Errorf("it reads %q", got)
	}
}

func TestAPluginFromBeforeOpenFileIsAskedThroughOpen(t *testing.T) {
	var log log
	e := load(t, "as-typed", log.use)
	for range 2 {
		if got := open(t, e, "", large(1<<20)); got != "open ORDERS" {
			t.Errorf("got %q", got)
		}
	}
	if n := strings.Count(log.String(), "does not serve OpenFile"); n != 1 {
		t.Errorf("the log says it %d times", n)
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

func TestAFileThatCannotBeReadIsNotAShorterOne(t *testing.T) {
	e := load(t, "as-exit")
	q := question(sdk.PointVerify, "count")
	q.Facts.File.Content = broken{}
	_, err := e.Decide(t.Context(), q)
	if !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("got %v", err)
	}
}

func TestAPluginOfGeneratedStubsIsOrdinaryGRPC(t *testing.T) {
	e := load(t, "as-typed")
	if got := toldAt(t, e, sdk.PointIdentify, ""); got != "PARIS" {
		t.Errorf("identify: %q", got)
	}
	if got := verify(t, e, "", large(1<<20)); got != fmt.Sprint(1<<20, " of ", 32<<20) {
		t.Errorf("verify: %q", got)
	}
	f, err := e.OpenFilter(t.Context(), question(sdk.PointFilter, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	one, err := f.Block([]byte("abc"), true)
	if err != nil || string(one.Bytes) != "ABC" || !one.More || one.End {
		t.Fatalf("got %+v, %v", one, err)
	}
	two, err := f.Block(nil, true)
	if err != nil || string(two.Bytes) != "." || two.More || !two.End {
		t.Errorf("got %+v, %v", two, err)
	}
	if _, err := f.(sdk.StatefulFilter).Snapshot(); err == nil {
		t.Error("it has a state")
	}
}
