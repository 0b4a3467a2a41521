package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/bench/load"
)

// TestProfile tells where the server's time goes while it receives and while it sends, and how often it calls the system.
// The lines are kept in docs/performance.md.
func TestProfile(t *testing.T) {
	dir := tmpfs(t)
	statement(t, dir)
	s := start(t, dir, flows, nil)
	secured := caller(secure)
	receive := func(c *load.Caller, flow string) func() { return func() { received(t, s, c, flow, gibibyte) } }
	send := func(c *load.Caller) func() { return func() { sent(t, s, c, "STATEMENT", gibibyte) } }
	for _, v := range []struct {
		name string
		run  func()
	}{
		{"receive, plain", receive(caller(), "NONE")},
		{"receive, plain, entities of 4 KiB", receive(caller(entities(4<<10)), "NONE")},
		{"receive, plain, with digest", receive(caller(), "DIGEST")},
		{"receive, TLS 1.3", receive(secured, "NONE")},
		{"send, plain", send(caller())},
		{"send, TLS 1.3", send(secured)},
	} {
		v.run() // warm
		reads, writes := s.calls(t)
		v.run()
		r, w := s.calls(t)
		report.add(t, "reads for each MiB, "+v.name, "", []float64{(r - reads) / 1024}, nil, goal{}, "sockets and files")
		report.add(t, "writes for each MiB, "+v.name, "", []float64{(w - writes) / 1024}, nil, goal{}, "sockets and files")
		report.block(t, "Calls of the system, "+v.name, traced(s, v.run))
		report.block(t, "Time of the processor, "+v.name, sampled(t, s, v.run))
	}
}

// TestProfileSSH tells where the time goes while files come and go over SFTP, and while a channel of golang.org/x/crypto/ssh
// with nothing on it carries as much: what they have in common is that library's.
func TestProfileSSH(t *testing.T) {
	for _, up := range []bool{true, false} {
		name := map[bool]string{true: "receive", false: "send"}[up]
		s := serveSFTP(t, tmpfs(t))
		ours := peer{"postern", s.child, paris(), func(f string) string { return "/FETCH/" + f }, func(t *testing.T) float64 { return s.cpu(t) },
			func(t *testing.T) { empty(t, filepath.Join(s.dir, "files", "FETCH")) }}
		run := func() { ours.up(t, gibibyte) }
		if !up {
			ours.lay(t, gibibyte)
			run = func() { ours.down(t, gibibyte) }
		}
		run() // warm
		report.block(t, "Time of the processor, SFTP "+name, sampled(t, s, run))
		bare := twin(t, t.TempDir(), "channel")
		report.block(t, "Time of the processor, a bare SSH channel, "+name, sampled(t, &server{child: bare, dir: t.TempDir()}, func() { channel(t, bare, up, gibibyte) }))
	}
}

// sampled runs a transfer again and again while the server is sampled and gives the functions that most samples were in:
// those of the system too, where perf can tell them.
func sampled(t *testing.T, s *server, run func()) string {
	t.Helper()
	if out, err := perf(s, run); err == nil {
		return out
	}
	path := filepath.Join(t.TempDir(), "profile")
	got := make(chan error)
	go func() {
		b, err := s.look("GET", "/profile?seconds=3")
		if err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
		got <- err
	}()
	for {
		run()
		select {
		case err := <-got:
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount=15", postern, path).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return string(out)
		default:
		}
	}
}

// perf samples the process with its system calls.
func perf(s *server, run func()) (string, error) {
	data := filepath.Join(s.dir, "perf.data")
	defer os.Remove(data)
	cmd := exec.Command("perf", "record", "-q", "-e", "cpu-clock", "-F", "997", "-o", data, "-p", fmt.Sprint(s.cmd.Process.Pid))
	if err := cmd.Start(); err != nil {
		return "", err
	}
	for range 3 {
		run()
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait() // says that it was interrupted
	report := exec.Command("perf", "report", "--stdio", "-q", "--no-children", "-s", "sym", "-i", data)
	out, err := report.Output()
	return head(out, 18), err
}

// traced counts the system calls of one transfer by name.
func traced(s *server, run func()) string {
	var out bytes.Buffer
	cmd := exec.Command("strace", "-f", "-c", "-U", "calls,errors,name", "-p", fmt.Sprint(s.cmd.Process.Pid))
	cmd.Stderr = &out
	if cmd.Start() != nil {
		return ""
	}
	run()
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	table := out.String()
	if at := strings.Index(table, "    calls"); at >= 0 {
		table = table[at:]
	}
	return head([]byte(table), 14)
}

// head is the first lines that say something.
func head(b []byte, most int) string {
	var lines []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, " \n"); line != "" && len(lines) < most {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
