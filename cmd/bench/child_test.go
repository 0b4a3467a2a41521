package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// child is a program under measurement.
type child struct {
	cmd   *exec.Cmd
	ready map[string]string // its addresses by name, as it said them
	out   *bufio.Reader
	in    io.WriteCloser
	said  strings.Builder // on standard error

	socket string // where a server lets itself be looked into
}

// launch starts a program that says "ready name=address ..." once it serves. It is ended with the test.
func launch(t *testing.T, dir, name string, args ...string) *child {
	t.Helper()
	p := &child{cmd: exec.Command(name, args...), ready: map[string]string{}, socket: filepath.Join(t.TempDir(), "look")}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = dir, append(environment(), "BENCH_SOCKET="+p.socket), &p.said
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	p.out = bufio.NewReader(out)
	line, _ := p.out.ReadString('\n')
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "ready" {
		_ = p.cmd.Wait()
		t.Fatalf("%s says %q:\n%s", name, line, p.said.String())
	}
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		p.ready[k] = v
	}
	return p
}

// end stops it.
func (p *child) end() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	stop := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer stop.Stop()
	_ = p.cmd.Wait()
}

// status is a number of its /proc/PID/status: bytes where that gives a size, a plain count elsewhere.
func (p *child) status(t testing.TB, name string) int64 {
	t.Helper()
	n, err := p.look(name)
	if err != nil {
		t.Skip("this system does not tell what a process uses")
	}
	return n
}

func (p *child) look(name string) (n int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			var unit string
			_, _ = fmt.Sscan(rest, &n, &unit)
			if unit == "kB" {
				n <<= 10
			}
		}
	}
	return n, err
}

// peak looks at a process's anonymous resident memory until it is told to stop, and gives the most it saw, in bytes.
func (p *child) peak() (stop func() int64) {
	end, most := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var top int64
		for {
			n, _ := p.look("RssAnon")
			top = max(top, n)
			select {
			case <-tick.C:
			case <-end:
				most <- top
				return
			}
		}
	}()
	return func() int64 { close(end); return <-most }
}
