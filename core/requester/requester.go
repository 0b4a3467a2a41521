// Package requester is the calling side: the five phases of a call walked by the one who calls. It opens a session over
// a connection that somebody else dialled, moves files both ways, one after the other, and keeps restart contexts so
// that an interrupted transfer goes on where it stopped.
//
// It is not for answering (core/session does that), nor for dialling, flags and progress bars (cmd/postern). It knows no
// protocol: a dialogue translates.
//
// The main calls are [Open], [Call.Put] and [Call.Get].
package requester

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Options say whom a call is for and what it needs from its surroundings.
type Options struct {
	// Conn is open, its TLS handshake done. The call owns it from Open on, also when Open fails.
	Conn     exchange.Conn
	Protocol sdk.Protocol
	Terms    sdk.Terms // proposed; what is absent has the protocol's default
	Settings sdk.Terms
	// Claim is who we say we are: Name, CalledName, Secret, NewSecret and Access.
	Claim sdk.Claim
	// Expect is checked against the server's answer.
	Expect   Expect
	Timeouts Timeouts
	Pool     *stream.Pool
	Now      func() time.Time
	Random   io.Reader
	// Trace, when set, is told every byte sent and received. It is called from two goroutines.
	Trace func(sent bool, b []byte)
	// Contexts keeps what a restart needs; nil: nothing can be restarted.
	Contexts *Contexts
	// Remote is the address called, as the user wrote it. It is kept in restart contexts.
	Remote string
}

// Expect is how the server proves that it is the right one. Empty fields are not checked.
type Expect struct {
	Name   string
	Secret sdk.Secret
}

// Timeouts are the timers of a call; 0 means none.
type Timeouts struct {
	Connect time.Duration // for the whole negotiation
	Message time.Duration // for each answer, and for each write
	Abort   time.Duration // for the server to close after our farewell
	Stop    time.Duration // for a transfer to stop in good order after the caller's context ended; 0: at once
}

// DefaultTimeouts are those of the command line.
func DefaultTimeouts() Timeouts {
	return Timeouts{Connect: 30 * time.Second, Message: 2 * time.Minute, Abort: 10 * time.Second, Stop: 10 * time.Second}
}

// Call is an open session. Its methods belong to one goroutine.
type Call struct {
	o     Options
	x     *exchange.Exchange
	terms sdk.Terms
	ref   uint32
	over  error           // why nothing more can be said
	halt  error           // the caller's context ended: everything is being brought to an end
	grace context.Context // lives on for a moment after halt
	free  context.CancelFunc
}

// Open walks phases 1 and 2: it greets the server and checks its answer. A *sdk.Refusal with ByPeer set says that the
// server does not want us. When it fails the connection is closed.
func Open(ctx context.Context, o Options) (*Call, error) {
	if o.Timeouts.Stop <= 0 {
		o.Timeouts.Stop = time.Nanosecond
	}
	opening := sdk.Opening{Role: sdk.Calling, Terms: o.Terms, Settings: o.Settings, Now: o.Now()}
	if _, err := io.ReadFull(o.Random, opening.Random[:]); err != nil {
		return nil, errors.Join(fmt.Errorf("begin the dialogue: %w", err), o.Conn.Close())
	}
	d, out, err := o.Protocol.Begin(opening, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin the dialogue: %w", err), o.Conn.Close())
	}
	c := &Call{o: o}
	c.x = exchange.New(o.Conn, d, exchange.Options{Pool: o.Pool, Stall: o.Timeouts.Message, Opening: out, Trace: o.Trace})
	if err := c.negotiate(ctx); err != nil {
		if c.over == nil {
			_ = c.bye(ctx) // why we leave is said already
		}
		c.close(ctx)
		return nil, err
	}
	return c, nil
}

// negotiate says who we are and takes the server's answer.
func (c *Call) negotiate(ctx context.Context) error {
	c.x.Arm(sdk.TimerOfConnect, c.o.Timeouts.Connect)
	hello := &sdk.Hello{Claim: c.o.Claim, Terms: c.o.Terms}
	if err := c.say(sdk.Message{Kind: sdk.KindHello, Hello: hello}); err != nil {
		return err
	}
	e, err := c.await(ctx, 0, sdk.KindWelcome, sdk.KindRefuse)
	if err != nil {
		return fmt.Errorf("negotiate: %w", err)
	}
	if e.Kind == sdk.KindRefuse {
		c.over = byPeer(e.Refusal)
		return fmt.Errorf("negotiate: %w", c.over)
	}
	c.terms = e.Welcome.Terms
	if err := c.halted(); err != nil {
		return err
	}
	return c.recognise(*e.Welcome)
}

// recognise checks that the server is who it should be.
func (c *Call) recognise(w sdk.Welcome) error {
	switch {
	case c.o.Expect.Name != "" && c.o.Expect.Name != w.LocalName:
		return fmt.Errorf("negotiate: the server calls itself %.40q, not %q", w.LocalName, c.o.Expect.Name)
	case !c.o.Expect.Secret.Empty() && !c.o.Expect.Secret.Equal(w.LocalSecret):
		return errors.New("negotiate: the server did not prove itself with the expected password")
	}
	return nil
}

// Over tells why the call has ended, nil while it has not.
func (c *Call) Over() error { return c.over }

// Close says goodbye where that is still possible, and closes the connection. It reports only what went wrong with the
// goodbye; transfers have said their own errors.
func (c *Call) Close(ctx context.Context) error {
	var err error
	if c.over == nil {
		err = c.bye(ctx)
	}
	c.close(ctx)
	return err
}

// bye is phase 5.
func (c *Call) bye(ctx context.Context) error {
	c.x.Arm(sdk.TimerOfMessage, c.o.Timeouts.Message)
	if err := c.say(sdk.Message{Kind: sdk.KindBye}); err != nil {
		return err
	}
	if _, err := c.await(ctx, 0, sdk.KindBye); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("say goodbye: %w", err)
	}
	c.over = errClosed
	return nil
}

// close gives what was said a chance to arrive, and ends the goroutines.
func (c *Call) close(ctx context.Context) {
	if c.x.Hangup() {
		c.x.Farewell(context.WithoutCancel(ctx), c.o.Timeouts.Abort)
	}
	_ = c.x.Close() // a connection that is given up may fail to close
	c.x.Discard(release)
	if c.free != nil {
		c.free()
	}
	if c.over == nil {
		c.over = errClosed
	}
}

// release takes back what a notice brought for a transfer that is over.
func release(n exchange.Notice) {
	if p, ok := n.(exchange.Piece); ok {
		p.Release()
	}
}
