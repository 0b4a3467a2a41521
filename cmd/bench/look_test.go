package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// look asks the server about its process: it is built with the tag bench for that (cmd/postern/instrument_bench.go).
func (s *server) look(method, path string) ([]byte, error) { return s.ask(s.socket, method, path) }

// ask makes a request over a unix socket.
func (s *server) ask(socket, method, path string) ([]byte, error) {
	client := http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	r, err := http.NewRequest(method, "http://postern"+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, b)
	}
	return b, err
}

// collected is the server's anonymous resident memory after a collection that gives all it can back to the system.
func (s *server) collected(t *testing.T) int64 {
	t.Helper()
	if _, err := s.look(http.MethodPost, "/collect"); err != nil {
		t.Fatal(err)
	}
	return s.status(t, "RssAnon")
}

// calls is how many reads and writes a process has made of the system, files and sockets together.
func (p *child) calls(t *testing.T) (reads, writes float64) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", p.cmd.Process.Pid))
	if err != nil {
		t.Skip("this system does not count a process's reads and writes:", err)
	}
	for line := range strings.Lines(string(b)) {
		_, _ = fmt.Sscanf(line, "syscr: %g", &reads)
		_, _ = fmt.Sscanf(line, "syscw: %g", &writes)
	}
	return reads, writes
}
