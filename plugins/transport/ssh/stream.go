package ssh

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// closing is how long the peer has to confirm that a channel is closed, before the connection is cut.
const closing = 5 * time.Second

// stream is a channel as a connection. A channel itself knows no deadlines, and nothing wakes whoever waits in it but the
// peer or the end of the connection: so a deadline that passes while somebody waits cuts the connection, with all streams on it.
type stream struct {
	ssh.Channel
	link        *link
	read, write deadline
	close       func() error

	mu   sync.Mutex
	over bool        // the peer closed the channel, or the connection ended
	late *time.Timer // cuts the connection when the peer does not
}

func newStream(l *link, c ssh.Channel) *stream {
	s := &stream{Channel: c, link: l}
	s.read.cut, s.write.cut = l.cut, l.cut
	s.close = sync.OnceValue(s.leave)
	return s
}

// gone says that the channel is over.
func (s *stream) gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.late != nil {
		s.late.Stop()
	}
}

// expect gives the peer a moment to close the channel too. It is false where that is over.
func (s *stream) expect() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.link.ended:
		s.over = true
	default:
	}
	if !s.over {
		s.late = time.AfterFunc(closing, s.link.cut)
	}
	return !s.over
}

// Read reads what was received, as much as there is room for.
func (s *stream) Read(p []byte) (int, error) {
	s.read.wait(1)
	defer s.read.wait(-1)
	n, err := s.Channel.Read(p)
	return n, s.read.explain(err)
}

// patience is how long packets are gathered at most: the end of what is written may wait for the peer's window, and the peer
// for what was gathered.
const patience = time.Millisecond

// small is what the library writes in one call: more takes three for each packet.
const small = 4 << 10

// Write writes all of p, and waits while the peer's window is closed.
func (s *stream) Write(p []byte) (int, error) {
	s.write.wait(1)
	defer s.write.wait(-1)
	if len(p) <= small {
		n, err := s.Channel.Write(p)
		return n, s.write.explain(err)
	}
	s.link.wide.Hold(patience)
	n, err := s.Channel.Write(p)
	if failed := s.link.wide.Flush(); err == nil {
		err = failed
	}
	return n, s.write.explain(err)
}

// Close closes the channel. A read that waits ends when the peer has confirmed, or soon after when it does not.
func (s *stream) Close() error { return s.close() }

func (s *stream) leave() error {
	s.read.set(time.Time{})
	s.write.set(time.Time{})
	if !s.expect() {
		return nil // nobody is there any more
	}
	_, _ = s.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{}))
	if err := s.Channel.Close(); err != nil && !errors.Is(err, io.EOF) { // EOF: the peer was faster
		return err
	}
	return nil
}

// LocalAddr and RemoteAddr are those of the connection.
func (s *stream) LocalAddr() net.Addr  { return s.link.conn.LocalAddr() }
func (s *stream) RemoteAddr() net.Addr { return s.link.conn.RemoteAddr() }

// SetDeadline sets both deadlines.
func (s *stream) SetDeadline(t time.Time) error {
	s.read.set(t)
	s.write.set(t)
	return nil
}

// SetReadDeadline bounds reads, SetWriteDeadline writes; zero: no bound.
func (s *stream) SetReadDeadline(t time.Time) error  { s.read.set(t); return nil }
func (s *stream) SetWriteDeadline(t time.Time) error { s.write.set(t); return nil }

// deadline cuts the connection when it passes while somebody waits.
type deadline struct {
	cut    func()
	passed atomic.Bool

	mu      sync.Mutex
	at      time.Time // zero: none
	waiting int
	timer   *time.Timer
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = t
	d.arm()
}

// wait says that somebody waits from now on, or no longer.
func (d *deadline) wait(by int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting += by
	d.arm()
}

func (d *deadline) arm() {
	switch {
	case d.waiting == 0 || d.at.IsZero():
		if d.timer != nil {
			d.timer.Stop()
		}
	case d.timer == nil:
		d.timer = time.AfterFunc(time.Until(d.at), d.pass)
	default:
		d.timer.Reset(time.Until(d.at))
	}
}

// pass cuts, unless whoever waited has done or has more time by now.
func (d *deadline) pass() {
	d.mu.Lock()
	late := d.waiting > 0 && !d.at.IsZero() && !time.Now().Before(d.at)
	d.mu.Unlock()
	if late {
		d.passed.Store(true)
		d.cut()
	}
}

// explain gives a deadline's error in the place of what it caused.
func (d *deadline) explain(err error) error {
	if err != nil && d.passed.Load() {
		return errors.Join(os.ErrDeadlineExceeded, err)
	}
	return err
}
