package ssh

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/plugins/transport/wide"
	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// maxChannels is how many streams one connection may have at once.
const maxChannels = 16

// link is a connection whose caller is known.
type link struct {
	conn    *ssh.ServerConn
	wide    *wide.Conn
	claim   sdk.Claim
	keys    hostKeys
	streams chan *stream  // handed over by who serves a channel to who accepts streams; never closed
	ended   chan struct{} // closed when the connection is over
	cut     func()        // closes the connection at once
	work    sync.WaitGroup
	told    atomic.Bool // the keys of the server

	mu   sync.Mutex
	open int
	bug  error // that ended the connection
}

func newLink(t *Transport, w *wide.Conn, conn *ssh.ServerConn, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request, claim sdk.Claim) *link {
	l := &link{conn: conn, wide: w, claim: claim, streams: make(chan *stream), ended: make(chan struct{})}
	l.cut = sync.OnceFunc(func() { l.whole(func() { conn.Close() }) })
	l.keys = hostKeys{signers: t.keys, session: conn.SessionID(), algorithm: negotiated(conn)}
	l.work.Go(func() { l.attend(channels, requests) })
	return l
}

// Claim tells who was identified.
func (l *link) Claim() sdk.Claim { return l.claim }

// Accept gives the next stream.
func (l *link) Accept() (io.ReadWriteCloser, error) {
	select {
	case s := <-l.streams:
		return s, nil
	case <-l.ended:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.bug != nil {
			return nil, l.bug
		}
		return nil, io.EOF
	}
}

// safely does what nobody catches the panic of, the library's say: it ends this connection, and Accept tells it.
func (l *link) safely(f func()) {
	if !l.whole(f) {
		l.cut()
	}
}

// whole reports whether f came to its end.
func (l *link) whole(f func()) bool {
	var err error
	func() {
		defer sdk.Caught(&err)
		f()
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bug == nil {
		l.bug = err
	}
	return err == nil
}

// Close closes the connection and waits for what the link runs.
func (l *link) Close() error {
	l.cut()
	l.work.Wait()
	return nil
}

// attend answers what the peer asks of the connection until that is over: the library closes both channels then.
func (l *link) attend(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	defer close(l.ended)
	l.safely(func() { l.answerAll(channels, requests) })
	for range channels { // after a bug: the library waits for who takes them
	}
	for range requests {
	}
}

func (l *link) answerAll(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	for channels != nil || requests != nil {
		select {
		case c, ok := <-channels:
			if !ok {
				channels = nil
				continue
			}
			l.accept(c)
		case r, ok := <-requests:
			if !ok {
				requests = nil
				continue
			}
			l.answer(r)
		}
	}
}

// answer answers a request about the connection. Whatever is not known is refused, which is what keepalive@openssh.com
// asks for: any answer shows that somebody is there.
func (l *link) answer(r *ssh.Request) {
	if r.Type == proveKeys {
		_ = r.Reply(l.keys.prove(r.Payload))
		return
	}
	_ = r.Reply(false, nil)
}

// accept takes a channel that is a session. Everything else, forwarding of ports and agents say, is refused.
func (l *link) accept(c ssh.NewChannel) {
	switch {
	case c.ChannelType() != "session":
		_ = c.Reject(ssh.Prohibited, "only SFTP is offered here")
	case !l.take():
		_ = c.Reject(ssh.ResourceShortage, "too many channels")
	default:
		l.work.Go(func() { l.serve(c) })
	}
}

func (l *link) take() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= maxChannels {
		return false
	}
	l.open++
	return true
}

func (l *link) give() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
}

// subsystemTime is how long a channel may stay without asking for the subsystem.
const subsystemTime = 30 * time.Second

// serve answers a channel's requests to its end. The one that asks for the subsystem sftp makes it a stream.
func (l *link) serve(c ssh.NewChannel) {
	defer l.give()
	l.safely(func() {
		channel, requests, err := l.welcome(c)
		if err != nil {
			return
		}
		l.safely(func() { l.answerChannel(channel, requests) })
		for range requests { // after a bug: the library waits for who takes them
		}
	})
}

func (l *link) answerChannel(channel ssh.Channel, requests <-chan *ssh.Request) {
	idle := time.AfterFunc(subsystemTime, func() { l.safely(func() { _ = channel.Close() }) })
	defer idle.Stop()
	var s *stream
	for r := range requests {
		if s != nil || r.Type != "subsystem" || subsystem(r.Payload) != "sftp" {
			_ = r.Reply(false, nil)
			continue
		}
		idle.Stop()
		s = newStream(l, channel)
		if err := r.Reply(true, nil); err != nil {
			continue
		}
		select {
		case l.streams <- s:
		case <-l.ended:
		}
	}
	if s != nil {
		s.gone()
	}
}

// welcome opens a channel. The server's keys are announced with the answer to the first one: the peer is woken once for both,
// and not between its login and its first request.
func (l *link) welcome(c ssh.NewChannel) (ssh.Channel, <-chan *ssh.Request, error) {
	if !l.told.CompareAndSwap(false, true) {
		return c.Accept()
	}
	l.wide.Hold(0)
	channel, requests, err := c.Accept()
	l.keys.announce(l.conn)
	if failed := l.wide.Flush(); err == nil {
		err = failed
	}
	return channel, requests, err
}

// subsystem reads the name of a subsystem request (RFC 4254 section 6.5).
func subsystem(payload []byte) string {
	var m struct{ Name string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Name
}
