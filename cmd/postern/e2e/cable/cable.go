// Package cable is a TCP connection that can be cut: a relay with an address of its own that passes bytes on until a
// planned offset and then does what networks do. It is for tests.
//
// The main call is [Lay].
package cable

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// How a connection ends.
type How string

// The ways.
const (
	Close   How = "fin"     // both ends see an orderly end
	Reset   How = "rst"     // both ends see a reset
	Half    How = "half"    // the reader of this direction sees its end; the other direction goes on
	Silence How = "silence" // nothing passes any more in either direction, and nobody is told
	Deaf    How = "one-way" // nothing passes any more in this direction, and nobody is told
)

// Ways are all of them.
func Ways() []How { return []How{Close, Reset, Half, Silence, Deaf} }

// Cut is planned for one connection.
type Cut struct {
	How   How
	Up    bool  // counted in what the caller sends; else in what it is sent
	After int64 // bytes that still pass in that direction
}

// Cable relays connections. Its methods may be called at any time.
type Cable struct {
	listener net.Listener
	plan     func() *Cut
	group    sync.WaitGroup
	cuts     atomic.Int64
	stop     chan struct{} // closed by Close

	mu     sync.Mutex
	target string
	open   map[*net.TCPConn]bool
	closed bool
}

// Lay gives a cable on loopback. plan is asked for each connection; nil, or a nil Cut, lets all pass.
func Lay(plan func() *Cut) (*Cable, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cable{listener: l, plan: plan, stop: make(chan struct{}), open: map[*net.TCPConn]bool{}}
	c.group.Go(c.accept)
	return c, nil
}

// Address is where to call.
func (c *Cable) Address() string { return c.listener.Addr().String() }

// Cuts is how many connections were cut as planned.
func (c *Cable) Cuts() int { return int(c.cuts.Load()) }

// To says where the next connections lead.
func (c *Cable) To(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.target = address
}

// Tear ends every connection there is with a reset.
func (c *Cable) Tear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		reset(conn)
	}
}

// Close ends the cable with all its connections.
func (c *Cable) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.stop)
	}
	c.mu.Unlock()
	c.listener.Close()
	c.Tear()
	c.group.Wait()
}

func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	conn.Close()
}

func (c *Cable) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.group.Go(func() { c.relay(conn.(*net.TCPConn)) })
	}
}

// keep remembers a connection, unless the cable is closed.
func (c *Cable) keep(conn *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		reset(conn)
		return false
	}
	c.open[conn] = true
	return true
}

func (c *Cable) drop(conn *net.TCPConn) {
	c.mu.Lock()
	delete(c.open, conn)
	c.mu.Unlock()
	conn.Close()
}

func (c *Cable) relay(caller *net.TCPConn) {
	if !c.keep(caller) {
		return
	}
	defer c.drop(caller)
	c.mu.Lock()
	target := c.target
	c.mu.Unlock()
	far, err := net.DialTimeout("tcp", target, 10*time.Second)
	if err != nil {
		reset(caller)
		return
	}
	called := far.(*net.TCPConn)
	if !c.keep(called) {
		return
	}
	defer c.drop(called)
	var cut *Cut
	if c.plan != nil {
		cut = c.plan()
	}
	l := &line{cable: c, cut: cut, caller: caller, called: called}
	var both sync.WaitGroup
	both.Go(func() { l.carry(caller, called, true) })
	both.Go(func() { l.carry(called, caller, false) })
	both.Wait()
}

// line is one connection through the cable.
type line struct {
	cable          *Cable
	cut            *Cut
	caller, called *net.TCPConn
	silent         atomic.Bool
}

// carry passes one direction on until its end, or its cut.
func (l *line) carry(from, to *net.TCPConn, up bool) {
	buf := make([]byte, 32<<10)
	planned := l.cut != nil && l.cut.Up == up
	left := int64(-1)
	if planned {
		left = l.cut.After
	}
	for {
		if planned && left == 0 {
			if l.strike(from, to) {
				return
			}
			planned, left = false, -1
		}
		room := buf
		if left >= 0 && left < int64(len(buf)) {
			room = buf[:left]
		}
		n, err := from.Read(room)
		if n > 0 && !l.silent.Load() {
			if _, werr := to.Write(room[:n]); werr != nil {
				err = errors.Join(err, werr)
			}
		}
		if left > 0 {
			left -= int64(n)
		}
		if err != nil && l.silent.Load() {
			<-l.cable.stop // the other end must not learn of it
			return
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}

// strike carries the cut out. It reports whether this direction is over.
func (l *line) strike(from, to *net.TCPConn) (over bool) {
	l.cable.cuts.Add(1)
	switch l.cut.How {
	case Close:
		l.caller.Close()
		l.called.Close()
	case Reset:
		reset(l.caller)
		reset(l.called)
	case Half:
		_ = to.CloseWrite()
		drain(from)
	case Deaf:
		drain(from)
	case Silence:
		l.silent.Store(true)
		return false
	}
	return true
}

// drain takes what comes and loses it, so that the sender is not told.
func drain(from *net.TCPConn) {
	buf := make([]byte, 32<<10)
	for {
		if _, err := from.Read(buf); err != nil {
			return
		}
	}
}
