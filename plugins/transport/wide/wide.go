package wide

import (
	"net"
	"sync"
	"time"
)

const (
	// Width is how many bytes are read or written at once while data flows: 16 records of TLS, or 8 packets of SSH.
	Width = 256 << 10
	// ample tells a flow of data from talk: a read of so many bytes has more behind it, as a rule.
	ample = 16 << 10
	// little is what no library has room for that reads a record or packet. One that has less reads a line byte by byte.
	little = 512
)

// Pool lends buffers of Width bytes to connections on which data flows. The zero value is ready.
type Pool struct{ free sync.Pool }

func (p *Pool) get() *[Width]byte {
	if b, ok := p.free.Get().(*[Width]byte); ok {
		return b
	}
	return new([Width]byte)
}

// Conn is a socket with a buffer each way. One goroutine reads; any number write.
type Conn struct {
	net.Conn
	pool *Pool

	// Of the goroutine that reads.
	in      *[Width]byte // lent while data flows
	buf     []byte       // in, or a small one of its own; nil: what is read goes straight to the caller
	r, w    int          // buf[r:w] was received and not taken
	flowing bool         // the last read brought much
	dry     bool         // only what is here is given

	mu    sync.Mutex
	out   *[Width]byte
	n     int           // out[:n] waits
	held  int           // by how many writers: what is written waits until the buffer is full
	limit time.Duration // of the patience of the last of them
	timer *time.Timer   // ends it
	err   error
}

// New begins with buffers from a pool.
func New(c net.Conn, pool *Pool) *Conn { return &Conn{Conn: c, pool: pool} }

// ErrDry ends a read of what is here. That it is temporary keeps crypto/tls from keeping it, as with a deadline: the begun
// record stays and is read on later.
var ErrDry net.Error = dry{}

type dry struct{}

func (dry) Error() string   { return "nothing more is here" }
func (dry) Timeout() bool   { return true }
func (dry) Temporary() bool { return true }

// Dry has reads give what is here and then ErrDry, and not wait for the socket, until it is called with false. It belongs to
// the goroutine that reads.
func (c *Conn) Dry(on bool) { c.dry = on }

// Flowing reports whether the last read of the socket brought much, so that more is probably here. It belongs to the goroutine
// that reads.
func (c *Conn) Flowing() bool { return c.flowing }

// Read gives what is buffered, and reads the socket when nothing is.
func (c *Conn) Read(p []byte) (int, error) {
	if c.r < c.w {
		return c.take(p), nil
	}
	if c.dry {
		return 0, ErrDry
	}
	if !c.flowing && len(p) >= little {
		c.letGo()
		n, err := c.Conn.Read(p)
		c.flowing = n > 0 && (n == len(p) || n >= ample) // as much as there was room for
		return n, err
	}
	switch {
	case c.flowing && c.in == nil:
		c.in = c.pool.get()
		c.buf = c.in[:]
	case c.buf == nil:
		c.buf = make([]byte, 2*little)
	}
	n, err := c.Conn.Read(c.buf)
	c.r, c.w, c.flowing = 0, n, n >= ample
	return c.take(p), err
}

func (c *Conn) take(p []byte) int {
	n := copy(p, c.buf[c.r:c.w])
	c.r += n
	if c.r == c.w && !c.flowing {
		c.letGo()
	}
	return n
}

// letGo gives the buffer for reading back, or forgets it; nothing is in it.
func (c *Conn) letGo() {
	if c.in != nil {
		c.pool.free.Put(c.in)
		c.in = nil
	}
	c.buf, c.r, c.w = nil, 0, 0
}

// Buffered tells which of its buffers the connection holds. Nobody may read or write meanwhile.
func (c *Conn) Buffered() (in, out bool) { return c.in != nil, c.out != nil }
