package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/examples/internal/readme"
)

func TestTheReadmeRuns(t *testing.T) {
	page := readme.Open(t, nil)
	page.Play(t)
	if !t.Failed() {
		killedInTheMiddle(t, page)
	}
}

// killedInTheMiddle sends a file to a server that is killed once a point of it is durable, and goes on with another.
func killedInTheMiddle(t *testing.T, page *readme.Page) {
	conf := filepath.Join(page.Dir, "postern.yaml")
	b, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	slow := regexp.MustCompile(`pesit: \{protocol: pesit, address: "[^"]*"\}`).ReplaceAll(b,
		[]byte(`pesit: {protocol: pesit, address: "127.0.0.1:0", bandwidth: 3MiB, terms: {sync_interval: 256KiB}}`))
	if err := os.WriteFile(conf, slow, 0o600); err != nil {
		t.Fatal(err)
	}
	want := content(4<<20 + 12345)
	if err := os.WriteFile(filepath.Join(page.Dir, "large"), want, 0o600); err != nil {
		t.Fatal(err)
	}
	first := serve(t, page)
	send := command(page, "send", "--to", first.address, "--as", "PARIS", "--password-env", "PW", "--flow", "ORDERS", "--interval", "256KiB", "large")
	var said bytes.Buffer
	send.Stdout, send.Stderr = &said, &said
	if err := send.Start(); err != nil {
		t.Fatal(err)
	}
	first.untilDurable(t)
	first.kill()
	if err := send.Wait(); err == nil || send.ProcessState.ExitCode() != 4 {
		t.Fatalf("send ended with %v\n%s", err, said.String())
	}
	second := serve(t, page)
	first.run(t, "send", "--to", second.address, "--as", "PARIS", "--password-env", "PW", "--restart", "last")
	first.run(t, "recv", "--to", second.address, "--as", "PARIS", "--password-env", "PW", "--flow", "REPORT", "--out", "back")
	second.kill()
	if got, err := os.ReadFile(filepath.Join(page.Dir, "back")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	lies, err := os.ReadFile(filepath.Join(page.Dir, "postern-data/files/in/report.txt"))
	if err != nil || int64(len(lies)) != stored(int64(len(want))) {
		t.Fatalf("%d bytes lie on the disk, %v", len(lies), err)
	}
	for i := 0; i+64 <= len(want); i += 4096 {
		if bytes.Contains(lies, want[i:i+64]) {
			t.Fatalf("the plain bytes at %d lie on the disk", i)
		}
	}
}

func command(page *readme.Page, args ...string) *exec.Cmd {
	cmd := exec.Command("sh", append([]string{"-c", `exec postern "$@"`, "sh"}, args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = page.Dir, page.Env, time.Second
	return cmd
}

// server is one that can be killed.
type server struct {
	page    *readme.Page
	cmd     *exec.Cmd
	address string
}

func serve(t *testing.T, page *readme.Page) *server {
	t.Helper()
	s := &server{page: page, cmd: command(page, "serve")}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	line := make([]byte, 200)
	n, err := out.Read(line)
	_, at, ok := strings.Cut(strings.TrimSpace(string(line[:n])), "ready pesit=")
	if err != nil || !ok {
		t.Fatalf("the server says %q, %v", line[:n], err)
	}
	s.address = at
	return s
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill() // SIGKILL
	_ = s.cmd.Wait()
}

func (s *server) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(s.page, args...)
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("postern %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// untilDurable waits until the running transfer has a point that is not its beginning.
func (s *server) untilDurable(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		var entries []struct {
			Status string `json:"status"`
			Offset int64  `json:"restart_offset"`
		}
		if err := json.Unmarshal([]byte(s.run(t, "catalog", "list", "-o", "json")), &entries); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Status == "running" && e.Offset > 0 {
				return
			}
		}
	}
	t.Fatal("no point of the transfer became durable")
}
