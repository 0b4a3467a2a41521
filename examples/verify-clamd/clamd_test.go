package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clamd starts the real one with a signature database of one line, for EICAR's hash.
func clamd(t *testing.T) (socket string) {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		if program = "/usr/sbin/clamd"; exec.Command(program, "--version").Run() != nil {
			t.Skip("clamd is not installed")
		}
	}
	dir, err := os.MkdirTemp("", "cl-") // short: a socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	for name, text := range map[string]string{
		"test.hdb": "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n",
		"clamd.conf": fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s\nTemporaryDirectory %s\nForeground yes\nStreamMaxLength 1M\nMaxThreads 2\n",
			socket, dir, dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "--config-file", filepath.Join(dir, "clamd.conf"))
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it says is in out
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	for until := time.Now().Add(time.Minute); ; {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			return socket
		}
		select {
		case <-ended:
			t.Fatalf("clamd ended\n%s", out.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(until) {
			t.Fatal("clamd does not listen")
		}
	}
}

func TestTheRealClamdFindsWhatItKnows(t *testing.T) {
	address := "unix:" + clamd(t)
	if found, err := scan(t, address, "", strings.NewReader(eicar), int64(len(eicar))); !strings.HasPrefix(found, "Eicar-Test") || err != nil {
		t.Errorf("found %q, %v", found, err)
	}
	harmless := strings.Repeat("harmless\n", 50_000)
	if found, err := scan(t, address, "", strings.NewReader(harmless), int64(len(harmless))); found != "" || err != nil {
		t.Errorf("found %q, %v", found, err)
	}
	large := strings.Repeat("x", 8<<20) // beyond its StreamMaxLength
	if found, err := scan(t, address, "", strings.NewReader(large), int64(len(large))); found != "" || err == nil {
		t.Errorf("found %q, %v in a file that is too large for it", found, err)
	}
}
