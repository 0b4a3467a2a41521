package tls

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
)

const (
	// width is how many bytes of records are read or written at once while data flows: 16 records.
	width = 256 << 10
	// record is what one record carries at most, in bytes (RFC 8446, section 5.1).
	record = 16 << 10
	// ample tells a flow of data from talk: a read of so many bytes has more behind it, as a rule.
	ample = record
)

// buffers are of width bytes each. They belong to connections on which data flows at that moment.
type buffers struct{ sync.Pool }

func (b *buffers) get() *[width]byte {
	if p, ok := b.Get().(*[width]byte); ok {
		return p
	}
	return new([width]byte)
}

// wide is the socket below TLS, with a buffer each way: crypto/tls reads and writes the socket once for each record of 16
// KiB. The buffers are there only while data flows, so that a connection that waits costs nothing.
type wide struct {
	net.Conn
	pool *buffers

	// Of the goroutine that reads.
	in      *[width]byte // nil: what is read goes straight to TLS
	r, w    int          // in[r:w] was received and not given to TLS
	flowing bool         // the last read brought much
	dry     bool         // TLS gets what is here, and the socket is not read

	mu   sync.Mutex // TLS writes from the goroutine that reads too: alerts, updates of keys
	out  *[width]byte
	n    int  // out[:n] waits
	held bool // what is written waits until the buffer is full
	err  error
}

// errDry ends a read of what is here. That it is temporary keeps crypto/tls from keeping it, as with a deadline: the
// begun record stays and is read on later.
var errDry net.Error = dry{}

type dry struct{}

func (dry) Error() string   { return "nothing more is here" }
func (dry) Timeout() bool   { return true }
func (dry) Temporary() bool { return true }

// Read gives what is buffered, and reads the socket when nothing is.
func (w *wide) Read(p []byte) (int, error) {
	if w.r < w.w {
		return w.take(p), nil
	}
	if w.dry {
		return 0, errDry
	}
	if !w.flowing {
		w.release()
		n, err := w.Conn.Read(p)
		w.flowing = n == len(p) && n > 0 // as much as TLS has room for, which is half a KiB and more
		return n, err
	}
	if w.in == nil {
		w.in = w.pool.get()
	}
	n, err := w.Conn.Read(w.in[:])
	w.r, w.w, w.flowing = 0, n, n >= ample
	return w.take(p), err
}

func (w *wide) take(p []byte) int {
	n := copy(p, w.in[w.r:w.w])
	w.r += n
	if w.r == w.w && !w.flowing {
		w.release()
	}
	return n
}

// release gives the buffer back for reading; nothing is in it.
func (w *wide) release() {
	if w.in != nil {
		w.pool.Put(w.in)
		w.in, w.r, w.w = nil, 0, 0
	}
}

// Write writes to the socket, or gathers while it is held.
func (w *wide) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if !w.held {
		return w.Conn.Write(p)
	}
	if w.out == nil {
		w.out = w.pool.get()
	}
	given := len(p)
	for len(p) > 0 {
		n := copy(w.out[w.n:], p)
		w.n, p = w.n+n, p[n:]
		if w.n == width {
			if err := w.drain(); err != nil {
				return given - len(p), err
			}
		}
	}
	return given, nil
}

// hold has writes gather until flush.
func (w *wide) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = true
}

// flush writes what was gathered and gives the buffer back.
func (w *wide) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = false
	err := w.drain()
	if w.out != nil {
		w.pool.Put(w.out)
		w.out = nil
	}
	return err
}

// drain writes out. A failure stays: nothing may follow what was lost.
func (w *wide) drain() error {
	if w.n > 0 && w.err == nil {
		_, w.err = w.Conn.Write(w.out[:w.n])
	}
	w.n = 0
	return w.err
}

// conn is TLS over a wide socket. One goroutine reads and one writes.
type conn struct {
	*tls.Conn
	wide *wide
}

// Read gives all records that are here, as far as there is room, and waits for the first alone.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for err == nil && n < len(p) && c.wide.flowing {
		var more int
		c.wide.dry = true
		more, err = c.Conn.Read(p[n:])
		c.wide.dry = false
		n += more
	}
	if errors.Is(err, errDry) {
		err = nil
	}
	return n, err
}

// Write encrypts p and writes its records together.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) <= ample {
		return c.Conn.Write(p)
	}
	c.wide.hold()
	n, err := c.Conn.Write(p)
	if failed := c.wide.flush(); err == nil {
		err = failed
	}
	return n, err
}
