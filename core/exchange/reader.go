package exchange

import (
	"io"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// smallBuffer holds what a peer says between files. It grows to sdk.MaxHeld for a large unit.
const smallBuffer = 1 << 10

// room is how much must be free at the end of a large buffer before it is read into again.
const room = 64 << 10

// result is one read.
type result struct {
	n   int
	err error
}

// reader holds what was received and not used yet, and reads more behind it: one read at a time, on whatever goroutine
// waits for the peer. That goroutine owns the slice it was given until its result is on got.
type reader struct {
	conn   io.Reader
	pool   *stream.Pool
	trace  func(sent bool, b []byte)
	got    chan result
	asked  bool
	todo   []byte // what the read that was asked for fills, until a goroutine has taken it
	most   int    // bytes of one read; 0: what there is room for
	large  bool
	buf    []byte
	pooled *stream.Buffer // buf is its bytes; nil: buf is a small one of our own
	r, w   int            // buf[r:w] was received and not used
	ended  bool
}

func (r *reader) start(c io.Reader, p *stream.Pool, trace func(bool, []byte)) {
	r.conn, r.pool, r.trace = c, p, trace
	r.got = make(chan result, 1)
}

// read reads once. It is the only method for another goroutine than the owner's.
func (r *reader) read(b []byte) {
	var got result
	defer func() { r.got <- got }()
	defer sdk.Caught(&got.err) // of what is below the connection, TLS or SSH
	got.n, got.err = r.conn.Read(b)
}

// task takes the read that was asked for; nil: there is none, or it is under way.
func (r *reader) task() []byte {
	b := r.todo
	r.todo = nil
	return b
}

// reading reports whether a read is under way.
func (r *reader) reading() bool { return r.asked && r.todo == nil }

// untask takes a task back that was not begun.
func (r *reader) untask() { r.asked = false }

func (r *reader) waiting() []byte         { return r.buf[r.r:r.w] }
func (r *reader) current() *stream.Buffer { return r.pooled }

func (r *reader) used(n int) {
	r.r += n
	if r.r == r.w && r.pooled == nil && !r.asked {
		r.r, r.w = 0, 0
	}
}

// stuck reports that the dialogue holds back more than it may.
func (r *reader) stuck() bool { return r.w-r.r > sdk.MaxHeld && r.w == len(r.buf) && r.r == 0 }

// ask makes a task of the next read when none was asked for and there is room for it.
func (r *reader) ask() {
	if r.asked || r.ended {
		return
	}
	r.makeRoom()
	if r.w == len(r.buf) {
		return
	}
	free := r.buf[r.w:]
	if r.most > 0 && len(free) > r.most {
		free = free[:r.most]
	}
	r.asked, r.todo = true, free
}

// makeRoom moves to another buffer, or to the front of this one, when too little is free behind what was received.
func (r *reader) makeRoom() {
	free := len(r.buf) - r.w
	switch {
	case r.large && (r.pooled == nil || free < room):
		next := r.pool.Lend(r.w - r.r + room)
		r.move(next.B, next)
	case !r.large && r.pooled != nil:
		r.move(make([]byte, smallBuffer+r.w-r.r), nil)
	case r.pooled == nil && r.buf == nil:
		r.buf = make([]byte, smallBuffer)
	case r.pooled == nil && r.r > 0 && free < smallBuffer/2:
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	case r.pooled == nil && free == 0 && len(r.buf) < 2*sdk.MaxHeld:
		r.move(make([]byte, 2*len(r.buf)), nil)
	}
}

// move carries the unused bytes over to b.
func (r *reader) move(b []byte, p *stream.Buffer) {
	n := copy(b, r.buf[r.r:r.w])
	if r.pooled != nil {
		r.pooled.Release()
	}
	r.buf, r.pooled, r.r, r.w = b, p, 0, n
}

func (r *reader) took(n int) {
	r.asked = false
	if r.trace != nil && n > 0 {
		r.trace(false, r.buf[r.w:r.w+n])
	}
	r.w += n
}

// drop forgets what was received.
func (r *reader) drop() {
	if !r.asked {
		r.r, r.w = 0, 0
	} else {
		r.r = r.w
	}
}

// stop waits for the read under way; the connection is closed already, so that it returns.
func (r *reader) stop() {
	if r.ended {
		return
	}
	r.ended = true
	if r.reading() {
		<-r.got
	}
	if r.pooled != nil {
		r.pooled.Release()
		r.pooled = nil
	}
}
