package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a running server, in a process and a folder of its own.
type server struct {
	dir     string
	cmd     *exec.Cmd
	address string
}

// basics is what the servers under measurement have in common: one plain listener, one partner that may do everything.
const basics = `data_dir: ./data
log: {level: error}
limits: {max_sessions: 2048, max_transfers: 2048, unauthenticated: 2048}
listeners: {p: {protocol: pesit, address: "127.0.0.1:0", max_connections: 2048, terms: {sync_interval: 1MiB, sync_window: 8, max_entity: 32768}}}
partners: {PARIS: {protocols: [pesit], password: "secret://file/paris.pw", receive: ["*"], send: ["*"]}}
backends: {files: {type: local, root: ./files}}
`

// tmpfs is a folder in memory, where the cost of our code is measured; disk is where durability is.
func tmpfs(t *testing.T) string { return folder(t, "/dev/shm") }
func disk(t *testing.T) string  { return folder(t, "") }

func folder(t *testing.T, parent string) string {
	t.Helper()
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "postern-bench")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// start starts a server in a folder, with more configuration and the files that it names.
func start(t *testing.T, dir, config string, files map[string][]byte) *server {
	t.Helper()
	all := map[string][]byte{"postern.yaml": []byte(basics + config), "paris.pw": []byte("sesame")}
	for name, b := range files {
		all[name] = b
	}
	for name, b := range all {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{dir: dir, cmd: exec.Command(postern, "serve", "--config", filepath.Join(dir, "postern.yaml"))}
	s.cmd.Dir, s.cmd.Env = dir, environment()
	var said strings.Builder
	s.cmd.Stderr = &said
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	_, s.address, _ = strings.Cut(line, "p=")
	if s.address = strings.TrimSpace(s.address); s.address == "" {
		_ = s.cmd.Wait()
		t.Fatalf("the server says %q:\n%s", line, said.String())
	}
	return s
}

// environment is ours without what configures a server.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "POSTERN_") })
}

// end stops the server.
func (s *server) end() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	stop := time.AfterFunc(20*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer stop.Stop()
	_ = s.cmd.Wait()
}

// run runs a verb against the server.
func (s *server) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(postern, append(args, "--config", filepath.Join(s.dir, "postern.yaml"))...)
	cmd.Dir, cmd.Env = s.dir, environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("postern %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// status is a number of the server's /proc/PID/status, in bytes.
func (s *server) status(t *testing.T, name string) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Skip("this system does not tell what a process uses")
	}
	for _, line := range strings.Split(string(b), "\n") {
		var n int64
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			_, _ = fmt.Sscan(rest, &n)
			return n << 10
		}
	}
	return 0
}
