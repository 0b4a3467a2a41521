package bench

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/cmd/bench/load"
)

// mebibyte is data that does not compress.
var mebibyte = func() []byte { b := make([]byte, 1<<20); _, _ = rand.Read(b); return b }()

// caller calls a server as PARIS, by what a measurement changes of it.
func caller(change ...func(*load.Caller)) *load.Caller {
	c := &load.Caller{Name: "PARIS", Called: "POSTERN", Password: "sesame"}
	for _, f := range change {
		f(c)
	}
	return c
}

// points asks for sync points each mebibyte, 8 of which may wait.
func points(c *load.Caller) { c.Interval, c.Window = 1024, 8 }

// entities asks for entities of a size.
func entities(bytes int) func(*load.Caller) { return func(c *load.Caller) { c.Entity = bytes } }

// secure asks for TLS 1.3. The certificate is made for the run, and is not what is measured.
func secure(c *load.Caller) {
	c.TLS = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
}

// session opens one session, closed at the end of the test.
func session(t testing.TB, s *server, c *load.Caller) *load.Session {
	t.Helper()
	address := s.address
	if c.TLS != nil {
		address = s.secure
	}
	x, err := c.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// put sends one file and gives how long it took.
func put(t testing.TB, x *load.Session, flow string, size int64) time.Duration {
	t.Helper()
	began := time.Now()
	if err := x.Put(flow, size); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// get fetches one file of a size and gives how long it took.
func get(t testing.TB, x *load.Session, flow string, size int64, sink io.Writer) time.Duration {
	t.Helper()
	began := time.Now()
	n, err := x.Get(flow, sink)
	if err != nil {
		t.Fatal(err)
	}
	if n != size {
		t.Fatalf("%d bytes of %s came, it has %d", n, flow, size)
	}
	return time.Since(began)
}

// crowd has sessions send files of a flow, each as many, and gives the files per second.
func crowd(t *testing.T, s *server, sessions, files int, flow string, size int64) float64 {
	t.Helper()
	c := caller()
	calls := make([]*load.Session, sessions)
	for i := range calls {
		calls[i] = session(t, s, c)
	}
	errs := make([]error, sessions)
	began := time.Now()
	var all sync.WaitGroup
	for i, x := range calls {
		all.Go(func() {
			for n := 0; n < files && errs[i] == nil; n++ {
				errs[i] = x.Put(flow, size)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	for i, x := range calls {
		if errs[i] == nil {
			errs[i] = x.Close()
		}
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
	}
	return float64(sessions*files) / took.Seconds()
}

// rate is MB/s.
func rate(size int64, took time.Duration) float64 { return float64(size) / 1e6 / took.Seconds() }

// arrived compares the only file in a folder with what was sent, and removes it.
func arrived(t *testing.T, dir string, x *load.Session, size int64) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("%d files are in %s, one was sent: %v", len(names), dir, err)
	}
	path := filepath.Join(dir, names[0].Name())
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	is, was := sha256.New(), sha256.New()
	if _, err := io.Copy(is, f); err != nil {
		t.Fatal(err)
	}
	x.Content(size, was)
	if err := same(is, was); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	empty(t, dir)
}

func same(is, was hash.Hash) error {
	if string(is.Sum(nil)) != string(was.Sum(nil)) {
		return fmt.Errorf("what arrived is not what was sent: SHA-256 %x, %x", is.Sum(nil), was.Sum(nil))
	}
	return nil
}

// empty removes the files in a folder, outside what is measured.
func empty(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if err := os.RemoveAll(filepath.Join(dir, n.Name())); err != nil {
			t.Fatal(err)
		}
	}
}
