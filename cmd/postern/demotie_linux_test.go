package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTheDemonstrationsServerEndsWithIt stops reading what it prints, or kills it, as soon as its server is there.
func TestTheDemonstrationsServerEndsWithIt(t *testing.T) {
	for name, end := range map[string]func(demo *exec.Cmd, out *os.File) error{
		"its output is cut off": func(_ *exec.Cmd, out *os.File) error { return out.Close() },
		"it is killed":          func(demo *exec.Cmd, _ *os.File) error { return demo.Process.Kill() },
		"it is terminated":      func(demo *exec.Cmd, _ *os.File) error { return demo.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			dir := t.TempDir()
			var errs strings.Builder
			demo := exec.CommandContext(t.Context(), "postern", "demo", "--dir", dir)
			demo.Stdout, demo.Stderr = in, &errs
			if err := demo.Start(); err != nil {
				t.Fatal(err)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			ready := false
			for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
				ready = strings.Contains(lines.Text(), "ready pesit=")
			}
			if err := end(demo, out); err != nil {
				t.Error(err)
			}
			if err := demo.Wait(); err == nil || !ready {
				t.Errorf("it ended well, or began no server (%v): %s", ready, &errs)
			}
			unlocked(t, filepath.Join(dir, "postern-data", "lock"))
		})
	}
}

// unlocked waits until nobody holds the lock of a data folder any more: the system gives it back when the server is gone.
func unlocked(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	free := make(chan error, 1)
	go func() { free <- syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }()
	select {
	case err := <-free:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the server still runs")
	}
}
