package bench

import (
	"crypto/sha256"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/cmd/bench/load"
)

const gibibyte = 1 << 30

// sample is what one run gave.
type sample struct {
	rate float64 // MB/s
	cpu  float64 // seconds of the process under measurement, for each GiB
}

func rates(s []sample) (v []float64) {
	for _, x := range s {
		v = append(v, x.rate)
	}
	return v
}

func cpus(s []sample) (v []float64) {
	for _, x := range s {
		v = append(v, x.cpu)
	}
	return v
}

// during measures one run of a process.
func during(t *testing.T, p *child, size int64, run func() time.Duration) sample {
	t.Helper()
	before := p.cpu(t)
	took := run()
	return sample{rate(size, took), (p.cpu(t) - before) * gibibyte / float64(size)}
}

// received is a run in which the server receives a file. The file is removed afterwards, so that no run pays for it.
func received(t *testing.T, s *server, c *load.Caller, flow string, size int64) sample {
	t.Helper()
	x := session(t, s, c)
	r := during(t, s.child, size, func() time.Duration { return put(t, x, flow, size) })
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	empty(t, filepath.Join(s.dir, "files", flow))
	return r
}

// sent is a run in which the server sends a file.
func sent(t *testing.T, s *server, c *load.Caller, flow string, size int64) sample {
	t.Helper()
	x := session(t, s, c)
	r := during(t, s.child, size, func() time.Duration { return get(t, x, flow, size, nil) })
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// tried sends one file and compares what arrived, before anything is measured.
func tried(t *testing.T, s *server, c *load.Caller, flow string, size int64) {
	t.Helper()
	x := session(t, s, c)
	put(t, x, flow, size)
	arrived(t, filepath.Join(s.dir, "files", flow), x, size)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// fetched fetches the file of a flow and compares it with the one on disk, which is in the page cache from then on.
func fetched(t *testing.T, s *server, c *load.Caller, flow, path string, size int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	is, was := sha256.New(), sha256.New()
	if _, err := io.Copy(was, f); err != nil {
		t.Fatal(err)
	}
	x := session(t, s, c)
	get(t, x, flow, size, is)
	if err := same(is, was); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// raw is a run of a baseline that receives: bytes without any protocol, then its answer.
func raw(t *testing.T, p *child, dir string, secured bool, size int64) sample {
	t.Helper()
	conn := connection(t, p, secured)
	defer conn.Close()
	r := during(t, p, size, func() time.Duration {
		began := time.Now()
		for left := size; left > 0; left -= int64(len(mebibyte) / 2) {
			if _, err := conn.Write(mebibyte[:min(int64(len(mebibyte)/2), left)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		var answer [1]byte
		if _, err := io.ReadFull(conn, answer[:]); err != nil {
			t.Fatalf("the baseline did not answer: %v\n%s", err, p.said.String())
		}
		return time.Since(began)
	})
	if dir != "" {
		empty(t, dir)
	}
	return r
}

// drained is a run of a baseline that sends.
func drained(t *testing.T, p *child, secured bool, size int64) sample {
	t.Helper()
	var into [1 << 20]byte
	return during(t, p, size, func() time.Duration {
		began := time.Now()
		conn := connection(t, p, secured)
		defer conn.Close()
		var n int64
		for {
			got, err := conn.Read(into[:])
			n += int64(got)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if n != size {
			t.Fatalf("the baseline sent %d bytes of %d", n, size)
		}
		return time.Since(began)
	})
}

func connection(t *testing.T, p *child, secured bool) net.Conn {
	t.Helper()
	c := caller()
	if secured {
		secure(c)
	}
	conn, err := load.Dial(p.ready["p"], c.TLS)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// twin starts a baseline of a kind, with the arguments of its command.
func twin(t *testing.T, dir, kind string, args ...string) *child {
	t.Helper()
	return launch(t, dir, baseline, append([]string{kind}, args...)...)
}
