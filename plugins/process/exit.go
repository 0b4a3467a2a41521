package process

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process/frame"
	"github.com/postern/postern/sdk/wire"
)

// Exit is a loaded program. Its methods may be called from many goroutines at once.
type Exit struct {
	set      Settings
	program  *program
	talk     *talk
	manifest sdk.Manifest
	points   []sdk.Point
	version  string
	pool     frame.Pool
	places   chan struct{}
	now      atomic.Pointer[standing]

	life     context.Context // until the process shall end at once
	end      context.CancelFunc
	calm     context.Context // until it shall end in good order
	calmDown context.CancelFunc
	over     chan struct{} // closed when nothing of it is left

	mu     sync.Mutex
	closed bool
	users  sync.WaitGroup
}

// standing is what an exit's process is at: it runs, or why it does not.
type standing struct {
	child *child
	kind  error
	why   string
}

var (
	_ sdk.Exit            = (*Exit)(nil)
	_ sdk.FilterOpener    = (*Exit)(nil)
	_ sdk.FilterDescriber = (*Exit)(nil)
	_ sdk.Versioned       = (*Exit)(nil)
)

// Describe gives what the program says of itself.
func (e *Exit) Describe() sdk.Manifest { return e.manifest }

// Points lists the points that the exit can be asked at.
func (e *Exit) Points() []sdk.Point { return slices.Clone(e.points) }

// Resting says why nobody can be asked at the moment; "" while there is a process.
func (e *Exit) Resting() string {
	if s := e.now.Load(); s.child == nil {
		return s.why
	}
	return ""
}

// FilterTraits are those of the program's manifest.
func (e *Exit) FilterTraits() sdk.FilterTraits {
	return sdk.FilterTraits{ChangesLength: e.manifest.ChangesLength, State: e.manifest.State}
}

// Version covers the program and its settings.
func (e *Exit) Version() string { return e.version }

// Patience is the longest time that one question at a point may take: to wait for its turn, and to be answered.
func (e *Exit) Patience(p sdk.Point) time.Duration {
	return e.set.Limits.Wait + e.set.Limits.deadline(p)
}

// Running gives the number of the process, 0 when there is none at the moment.
func (e *Exit) Running() int {
	if c := e.now.Load().child; c != nil {
		return c.proc.pid
	}
	return 0
}

func (e *Exit) shown() wire.Shown {
	g := e.set.Grants
	return wire.Shown{Password: g.Password, Stored: g.Stored, Config: string(e.set.Config)}
}

// enter takes a place for one call, and gives the process to ask; leave must follow unless it failed.
func (e *Exit) enter(ctx context.Context, p sdk.Point) (*child, *Failure) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, e.fail(p, ErrClosed, "it was unloaded")
	}
	e.users.Add(1)
	e.mu.Unlock()
	if failure := e.place(ctx, p); failure != nil {
		e.users.Done()
		return nil, failure
	}
	at := e.now.Load()
	if at.child == nil {
		e.leave()
		return nil, e.fail(p, at.kind, "%s", at.why)
	}
	return at.child, nil
}

// place waits for a place no longer than Limits.Wait.
func (e *Exit) place(ctx context.Context, p sdk.Point) *Failure {
	select {
	case e.places <- struct{}{}:
		return nil
	default:
	}
	t := time.NewTimer(e.set.Limits.Wait)
	defer t.Stop()
	select {
	case e.places <- struct{}{}:
		return nil
	case <-t.C:
		return e.fail(p, ErrBusy, "%d calls run already", cap(e.places))
	case <-ctx.Done():
		f := e.fail(p, ErrCanceled, "the call was given up while %d others ran", cap(e.places))
		f.Cause = context.Cause(ctx)
		return f
	}
}

func (e *Exit) leave() {
	<-e.places
	e.users.Done()
}

// Close lets no new call in, waits for those that run, transfers with a filter included, and ends the process: first
// it is asked to, then, after Limits.Stop, it is killed. When the context ends before, the process is killed and what
// still runs fails. Only the first Close does anything.
func (e *Exit) Close(ctx context.Context) error {
	e.mu.Lock()
	first := !e.closed
	e.closed = true
	e.mu.Unlock()
	if !first {
		return nil
	}
	drained := make(chan struct{})
	go func() {
		e.users.Wait()
		close(drained)
	}()
	var err error
	select {
	case <-drained:
		e.calmDown()
		select {
		case <-e.over:
		case <-ctx.Done():
			err = context.Cause(ctx)
			e.end()
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
		e.end()
	}
	<-e.over
	e.end()
	_ = e.program.close() // it was only read
	return err
}
