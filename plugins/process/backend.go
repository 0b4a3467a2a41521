package process

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
	"github.com/postern/postern/sdk/wire/store"
)

// Backend is an [sdk.Backend] whose calls a program answers. When its process ends, the files that are open fail with
// data.io, temporarily; the process is started again, and they can be resumed.
type Backend struct {
	*store.Backend
	exit *Exit
}

// backendDeadline is that of one call. A disk may take its time.
const backendDeadline = 30 * time.Second

// LoadBackend starts the program, checks what it says of itself against the settings, and gives it its own settings. Points have no
// meaning for a backend. Close gives everything back.
func LoadBackend(ctx context.Context, s Settings) (*Backend, error) {
	s.kind, s.noun, s.Points = sdk.PluginBackend, "backend", nil
	def(&s.Limits.Deadline, backendDeadline)
	e, err := Load(ctx, s)
	if err != nil {
		return nil, err
	}
	l := wired{e}
	if err := l.configure(ctx, e.now.Load().child); err != nil {
		e.end()
		return nil, errors.Join(err, e.Close(ctx))
	}
	return &Backend{store.New(s.Name, e.manifest.Abilities, l), e}, nil
}

// Describe gives what the program says of itself.
func (b *Backend) Describe() sdk.Manifest { return b.exit.manifest }

// Version covers the program and its settings.
func (b *Backend) Version() string { return b.exit.version }

// Resting says why nobody can be asked at the moment; "" while there is a process.
func (b *Backend) Resting() string { return b.exit.Resting() }

// Running gives the number of the process, 0 when there is none at the moment.
func (b *Backend) Running() int { return b.exit.Running() }

// Close lets no new call in, waits for the files that are open, and ends the process, as [Exit.Close] does.
func (b *Backend) Close(ctx context.Context) error { return b.exit.Close(ctx) }

// wired carries the calls of a backend to its process. The errors it gives are [*Failure].
type wired struct{ e *Exit }

// configure gives a process its settings, before anything else is asked of it.
func (l wired) configure(ctx context.Context, c *child) error {
	if c == nil {
		return l.e.fail("", ErrDown, "its process is not there any more")
	}
	c.configured.Do(func() {
		_, c.unfit = l.invoke(ctx, c, wire.BackendConfigure, &wire.BackendCall{Config: string(l.e.set.Config)})
		if c.unfit != nil {
			c.unfit = fmt.Errorf("its settings: %w", c.unfit)
		}
	})
	return c.unfit
}

// ask asks a process that has its settings.
func (l wired) ask(c *child, m wire.BackendMethod, call *wire.BackendCall) (wire.BackendReply, error) {
	if err := l.configure(context.Background(), c); err != nil {
		return wire.BackendReply{}, err
	}
	return l.invoke(context.Background(), c, m, call)
}

func (l wired) invoke(ctx context.Context, c *child, m wire.BackendMethod, call *wire.BackendCall) (a wire.BackendReply, err error) {
	ctx, timer := l.e.clock(ctx, "")
	defer timer.stop()
	var in frame.In
	defer in.Free()
	err = c.conn.Invoke(ctx, frame.BackendMethod(m), frame.BackendCall(call, nil), &in, grpc.MaxCallRecvMsgSize(m.Largest()))
	if err != nil {
		return a, l.e.judge(ctx, c, "", err, timer)
	}
	c.good()
	if a, err = wire.ParseBackendReply(in.Text()); err != nil {
		return a, l.e.fail("", ErrReply, "its answer to %s cannot be read: %v", m, err)
	}
	return a, nil
}

// Call implements [store.Line].
func (l wired) Call(m wire.BackendMethod, call *wire.BackendCall) (wire.BackendReply, error) {
	c, failure := l.e.enter(context.Background(), "")
	if failure != nil {
		return wire.BackendReply{}, failure
	}
	defer l.e.leave()
	return l.ask(c, m, call)
}

// Open implements [store.Line]. A file holds a place until it is closed.
func (l wired) Open(m wire.BackendMethod, call *wire.BackendCall) (wire.BackendReply, store.File, error) {
	c, failure := l.e.enter(context.Background(), "")
	if failure != nil {
		return wire.BackendReply{}, nil, failure
	}
	a, err := l.ask(c, m, call)
	if err != nil || a.Failure != nil {
		l.e.leave()
		return a, nil, err
	}
	return a, newFile(l, c, a.Handle, m == wire.BackendOpen), nil
}
