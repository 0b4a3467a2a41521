package cable

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// echo answers with what it is told.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	return l.Addr().String()
}

// through sends 100,000 bytes and returns what comes back.
func through(t *testing.T, cut *Cut) ([]byte, error) {
	t.Helper()
	c, err := Lay(func() *Cut { return cut })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.To(echo(t))
	conn, err := net.Dial("tcp", c.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = conn.Write(bytes.Repeat([]byte("0123456789"), 10_000))
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	return io.ReadAll(conn)
}

func TestACableThatIsNotCutPassesAll(t *testing.T) {
	if got, err := through(t, nil); err != nil || len(got) != 100_000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestACutLetsExactlyItsBytesPass(t *testing.T) {
	for _, how := range Ways() {
		for _, up := range []bool{true, false} {
			got, err := through(t, &Cut{How: how, Up: up, After: 70_001})
			var slow net.Error
			switch {
			case how == Reset && errors.Is(err, syscall.ECONNRESET):
				continue // a reset may overtake bytes
			case how == Half && up && (err != nil || len(got) != 70_001):
				t.Errorf("%s up %v: %d bytes, %v", how, up, len(got), err)
			case how == Silence && !(errors.As(err, &slow) && slow.Timeout()):
				t.Errorf("%s up %v: %d bytes, %v; nobody is told", how, up, len(got), err)
			case len(got) > 70_001:
				t.Errorf("%s up %v: %d bytes passed", how, up, len(got))
			}
		}
	}
}
