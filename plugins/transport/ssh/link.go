package ssh

import (
	"io"
	"sync"
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

	mu   sync.Mutex
	open int
}

func newLink(t *Transport, w *wide.Conn, conn *ssh.ServerConn, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request, claim sdk.Claim) *link {
	l := &link{conn: conn, wide: w, claim: claim, streams: make(chan *stream), ended: make(chan struct{})}
	l.cut = sync.OnceFunc(func() { conn.Close() })
	l.keys = hostKeys{signers: t.keys, session: conn.SessionID(), algorithm: negotiated(conn)}
	l.work.Go(func() { l.attend(channels, requests) })
	l.keys.announce(conn)
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
		return nil, io.EOF
	}
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
	channel, requests, err := c.Accept()
	if err != nil {
		return
	}
	idle := time.AfterFunc(subsystemTime, func() { _ = channel.Close() })
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

// subsystem reads the name of a subsystem request (RFC 4254 section 6.5).
func subsystem(payload []byte) string {
	var m struct{ Name string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Name
}
