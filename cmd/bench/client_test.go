package bench

import (
	"context"
	"crypto/rand"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
)

// content is a file of any size that costs nothing to read: the same mebibyte again and again.
type content struct{ size int64 }

var mebibyte = func() []byte { b := make([]byte, 1<<20); _, _ = rand.Read(b); return b }()

func (c content) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), c.size-off))
	for done := 0; done < n; {
		done += copy(p[done:n], mebibyte[(off+int64(done))%int64(len(mebibyte)):])
	}
	return n, nil
}

func (c content) Close() error       { return nil }
func (c content) Info() sdk.FileInfo { return sdk.FileInfo{Path: "content", Size: c.size, Tag: "1"} }

// dial opens a session as PARIS.
func dial(t testing.TB, address string) *requester.Call {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p := pesit.Protocol{}
	c, err := requester.Open(context.Background(), requester.Options{Conn: conn.(*net.TCPConn), Protocol: p,
		Terms: p.Describe().Defaults().With(sdk.NumberTerm("max_entity", 32768)), Claim: sdk.Claim{Name: "PARIS", CalledName: "POSTERN", Secret: sdk.NewSecret("sesame"), Access: "mixed"},
		Timeouts: requester.DefaultTimeouts(), Pool: stream.NewPool(4), Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// put sends one file of a flow.
func put(t testing.TB, c *requester.Call, flow string, size int64) {
	t.Helper()
	_, err := c.Put(context.Background(), requester.Outgoing{Request: sdk.Request{File: flow, Label: "f"}, Reader: content{size}})
	if err != nil {
		t.Fatal(err)
	}
}

// crowd has sessions send files of a flow, each as many, and gives the files per second.
func crowd(t *testing.T, s *server, sessions, files int, flow string, size int64) float64 {
	t.Helper()
	calls := make([]*requester.Call, sessions)
	for i := range calls {
		calls[i] = dial(t, s.address)
	}
	began := time.Now()
	var all sync.WaitGroup
	for _, c := range calls {
		all.Go(func() {
			for range files {
				put(t, c, flow, size)
			}
		})
	}
	all.Wait()
	rate := float64(sessions*files) / time.Since(began).Seconds()
	for _, c := range calls {
		_ = c.Close(context.Background())
	}
	return rate
}

// megabytes sends one large file and gives MB/s.
func megabytes(t *testing.T, s *server, flow string, size int64) float64 {
	t.Helper()
	c := dial(t, s.address)
	defer c.Close(context.Background())
	began := time.Now()
	put(t, c, flow, size)
	return float64(size) / 1e6 / time.Since(began).Seconds()
}
