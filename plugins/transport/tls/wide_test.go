package tls_test

import (
	"bytes"
	"context"
	gotls "crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/plugins/transport/tls"
)

// wire is one direction of a connection in memory that takes everything at once and counts.
type wire struct {
	mu            sync.Mutex
	some          sync.Cond
	b             bytes.Buffer
	closed        bool
	reads, writes int
	broken        error // what writes fail with
}

// end is a side of such a connection.
type end struct {
	net.Conn // nobody asks for more
	in, out  *wire
}

func cable() (a, b *end) {
	x, y := &wire{}, &wire{}
	x.some.L, y.some.L = &x.mu, &y.mu
	return &end{in: x, out: y}, &end{in: y, out: x}
}

func (e *end) Read(p []byte) (int, error) {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	e.in.reads++
	for e.in.b.Len() == 0 {
		if e.in.closed {
			return 0, io.EOF
		}
		e.in.some.Wait()
	}
	return e.in.b.Read(p)
}

func (e *end) Write(p []byte) (int, error) {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	e.out.writes++
	if e.out.broken != nil {
		return 0, e.out.broken
	}
	e.out.some.Broadcast()
	return e.out.b.Write(p)
}

func (e *end) Close() error {
	for _, w := range []*wire{e.in, e.out} {
		w.mu.Lock()
		w.closed = true
		w.some.Broadcast()
		w.mu.Unlock()
	}
	return nil
}

func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// opened is a connection after its handshake: the server's stream, the socket below it, and the client.
func opened(t *testing.T, version uint16) (io.ReadWriteCloser, *end, *gotls.Conn) {
	t.Helper()
	a := newAuthority(t)
	s := serve(t, settings(a, ""))
	ours, theirs := cable()
	config := client(a, nil)
	config.MaxVersion = version
	peer := gotls.Client(theirs, config)
	shaken := make(chan error, 1)
	go func() { shaken <- peer.Handshake() }()
	link, err := s.Open(context.Background(), ours, nil)
	if err := errors.Join(err, <-shaken); err != nil {
		t.Fatal(err)
	}
	stream, err := link.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { link.Close() })
	return stream, ours, peer
}

// noise is what tells a byte of one place from one of another.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestManyRecordsCostOneCallOfTheSystem(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": gotls.VersionTLS12, "TLS 1.3": gotls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			const size, most = 8 << 20, 40 // of 32 buffers
			stream, socket, peer := opened(t, version)
			data := noise(size)

			written := socket.out.writes
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 512<<10)
				if m, err := stream.Write(rest[:n]); m != n || err != nil {
					t.Fatalf("wrote %d of %d: %v", m, n, err)
				}
				rest = rest[n:]
			}
			if n := socket.out.writes - written; n > size/(256<<10)+size/(512<<10)+4 {
				t.Errorf("%d writes", n)
			}
			got := make([]byte, size)
			if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("the peer got something else: %v", err)
			}

			if _, err := peer.Write(data); err != nil {
				t.Fatal(err)
			}
			read, calls := socket.in.reads, 0
			for at := 0; at < size; calls++ {
				n, err := stream.Read(got[at:min(size, at+1<<20)])
				if err != nil {
					t.Fatal(err)
				}
				at += n
			}
			if n := socket.in.reads - read; n > most || calls > most {
				t.Errorf("%d reads of the socket for %d of ours", n, calls)
			}
			if !bytes.Equal(got, data) {
				t.Error("we got something else")
			}
		})
	}
}

func TestAConnectionThatWaitsHoldsNoBuffers(t *testing.T) {
	stream, _, peer := opened(t, 0)
	b := make([]byte, 1<<20)
	talk := func(p []byte) {
		t.Helper()
		if _, err := peer.Write(p); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stream, b[:len(p)]); err != nil || !bytes.Equal(b[:len(p)], p) {
			t.Fatalf("read something else: %v", err)
		}
		if _, err := stream.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	talk([]byte("a greeting"))
	if in, out := tls.Buffered(stream); in || out {
		t.Error("a greeting took a buffer")
	}
	talk(noise(300 << 10))
	talk([]byte("the end of the file"))
	if in, out := tls.Buffered(stream); in || out {
		t.Errorf("after the data it holds a buffer: to read %t, to write %t", in, out)
	}
}

func TestBothDirectionsFlowAtOnce(t *testing.T) {
	stream, _, peer := opened(t, 0)
	data := noise(4 << 20)
	var wait sync.WaitGroup
	for _, w := range []io.Writer{stream, peer} {
		wait.Go(func() {
			for at := 0; at < len(data); { // of all sizes
				n := min(len(data)-at, 1+at%100_000)
				if _, err := w.Write(data[at : at+n]); err != nil {
					t.Error(err)
					return
				}
				at += n
			}
		})
	}
	for _, r := range []io.Reader{stream, peer} {
		wait.Go(func() {
			got := make([]byte, len(data))
			if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, data) {
				t.Errorf("something else came: %v", err)
			}
		})
	}
	wait.Wait()
	peer.Close()
	if n, err := stream.Read(make([]byte, 10)); n != 0 || err != io.EOF {
		t.Errorf("after the peer closed: %d bytes, %v", n, err)
	}
}

func TestAWriteThatFailsIsTold(t *testing.T) {
	stream, socket, _ := opened(t, 0)
	socket.out.mu.Lock()
	socket.out.broken = os.ErrDeadlineExceeded
	socket.out.mu.Unlock()
	if _, err := stream.Write(noise(100_000)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a write says %v", err)
	}
	socket.out.mu.Lock()
	socket.out.broken = nil
	socket.out.mu.Unlock()
	if _, err := stream.Write([]byte("more")); err == nil {
		t.Error("more was written behind what was lost")
	}
}
