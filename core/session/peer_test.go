package session_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/postern/postern/core/session"
)

// peer is the other side of a call.
type peer struct {
	conn net.Conn
	mu   sync.Mutex
	got  []byte
	end  bool
}

func newPeer(c net.Conn) *peer {
	x := &peer{conn: c}
	go func() {
		r := bufio.NewReader(c)
		for {
			b := make([]byte, 4096)
			n, err := r.Read(b)
			x.mu.Lock()
			x.got = append(x.got, b[:n]...)
			x.end = x.end || err == io.EOF
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return x
}

// send writes without waiting: the server may not be reading.
func (x *peer) send(s string) { go func() { _, _ = io.WriteString(x.conn, s) }() }

func (x *peer) closed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.end
}

func (x *peer) take(n int) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	n = min(n, len(x.got))
	s := string(x.got[:n])
	x.got = x.got[n:]
	return s
}

func (x *peer) takeLine() (string, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	line, rest, ok := strings.Cut(string(x.got), "\n")
	if ok {
		x.got = []byte(rest)
	}
	return line, ok
}

// pipe is a connection with addresses.
type pipe struct {
	net.Conn
	peer net.Addr
}

func (c pipe) RemoteAddr() net.Addr { return c.peer }

// call connects a new peer and runs its session.
func (h *testHouse) call(p *play) *peer {
	near, far := net.Pipe()
	h.port++
	c := pipe{near, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000 + h.port}}
	s, err := session.New(h.house, h.listener, c)
	if err != nil {
		p.failf("%v", err)
	}
	ctx := h.life
	h.sessions.Go(func() { s.Run(ctx) })
	return newPeer(far)
}
