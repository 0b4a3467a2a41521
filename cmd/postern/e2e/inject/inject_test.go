package inject

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	Main()
	if os.Getenv("INJECT_VICTIM") != "" {
		os.Exit(victim())
	}
	os.Exit(m.Run())
}

// victim does to files what a server does. Its exit status tells which step failed.
func victim() int {
	f, err := os.Create("new.part")
	if err != nil {
		return 10
	}
	if _, err := f.WriteAt([]byte("content"), 0); err != nil {
		return 11
	}
	if err := f.Sync(); err != nil {
		if errors.Is(err, syscall.EIO) {
			return 42
		}
		return 12
	}
	if err := os.Rename("new.part", "new"); err != nil {
		return 13
	}
	if err := os.Remove("new"); err != nil {
		return 14
	}
	return 0
}

func run(t *testing.T, judge Judge) (status int, signal syscall.Signal, seen []Call, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	dir = t.TempDir()
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "INJECT_VICTIM=1")
	tap, err := Start(cmd, judge)
	if err != nil {
		t.Skipf("nothing can be injected here: %v", err)
	}
	defer tap.Close()
	_ = cmd.Wait()
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		signal = ws.Signal()
	}
	return ws.ExitStatus(), signal, tap.Seen(), dir
}

func TestEveryCallOfAProgramIsSeenInItsOrder(t *testing.T) {
	status, _, seen, dir := run(t, Pass)
	var got []string
	for _, c := range seen {
		if strings.HasPrefix(c.Path, dir) {
			got = append(got, string(c.Op)+" "+c.Base())
		}
	}
	const want = "create new.part, write new.part, sync new.part, rename new.part, remove new"
	if s := strings.Join(got, ", "); status != 0 || s != want {
		t.Errorf("status %d, seen %s; %s is right", status, s, want)
	}
}

func TestAProgramIsKilledBeforeTheCallIsDone(t *testing.T) {
	_, signal, _, dir := run(t, func(c Call) Verdict { return Verdict{Kill: c.Op == Rename} })
	if signal != syscall.SIGKILL {
		t.Errorf("signal %v", signal)
	}
	if _, err := os.Stat(filepath.Join(dir, "new.part")); err != nil {
		t.Errorf("the rename was done: %v", err)
	}
}

func TestACallFailsWithTheErrorThatIsWanted(t *testing.T) {
	status, _, _, _ := run(t, func(c Call) Verdict {
		if c.Op == Sync {
			return Verdict{Err: syscall.EIO}
		}
		return Verdict{}
	})
	if status != 42 {
		t.Errorf("status %d", status)
	}
}
