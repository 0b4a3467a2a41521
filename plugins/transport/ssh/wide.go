package ssh

import (
	"net"
	"sync"
	"time"
)

const (
	// width is how many bytes of packets are read or written at once while data flows: 8 packets, or somewhat less.
	width = 256 << 10
	// ample tells a flow of data from talk: a read of so many bytes has more behind it, as a rule.
	ample = 16 << 10
	// patience is how long packets are gathered at most: the end of what is written may wait for the peer's window, and
	// the peer for what was gathered.
	patience = time.Millisecond
)

// buffers are of width bytes each. They belong to connections on which data flows at that moment.
type buffers struct{ sync.Pool }

func (b *buffers) get() *[width]byte {
	if p, ok := b.Get().(*[width]byte); ok {
		return p
	}
	return new([width]byte)
}

// wide is the socket below SSH, with a buffer each way: the library reads it twice for each packet of 32 KiB and writes it
// three times. The buffers are there only while data flows, so that a connection that waits costs nothing.
type wide struct {
	net.Conn
	pool *buffers

	// Of the goroutine that reads.
	in      *[width]byte // nil: what is read goes straight to the library
	r, w    int          // in[r:w] was received and not taken
	flowing bool         // the last read brought much

	mu    sync.Mutex
	out   *[width]byte
	n     int         // out[:n] waits
	held  int         // by how many writers: what is written waits until the buffer is full
	timer *time.Timer // ends their patience
	err   error
}

// Read gives what is buffered, and reads the socket when nothing is.
func (w *wide) Read(p []byte) (int, error) {
	if w.r < w.w {
		return w.take(p), nil
	}
	if !w.flowing {
		w.letGo()
		n, err := w.Conn.Read(p)
		w.flowing = n >= ample
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
		w.letGo()
	}
	return n
}

// letGo gives the buffer for reading back; nothing is in it.
func (w *wide) letGo() {
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
	if w.held == 0 {
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

// hold has writes gather until flush is called as often.
func (w *wide) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held++
	if w.timer == nil {
		w.timer = time.AfterFunc(patience, w.impatient)
	} else {
		w.timer.Reset(patience)
	}
}

// impatient writes what was gathered while whoever holds still waits for the peer.
func (w *wide) impatient() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held > 0 {
		_ = w.drain() // kept: the next write tells it
		w.timer.Reset(patience)
	}
}

// flush writes what was gathered and gives the buffer back.
func (w *wide) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held--; w.held > 0 {
		return w.err
	}
	w.timer.Stop()
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
