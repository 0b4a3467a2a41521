// Package health tells whether the server lives and whether it is ready for calls, from checks that really try what
// they speak of. A check runs once at a time however many ask, its answer holds for a moment, and one that hangs is a
// failure and not a wait.
//
// It knows nothing of what it checks, nor of who asks: an HTTP endpoint, the service manager's watchdog, a gauge.
//
// The main calls are [New], [Health.Live] and [Health.Ready].
package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Stage is how far the server's life has come.
type Stage int

// The stages, in order.
const (
	Starting Stage = iota // it settles what a crash left and binds its listeners
	Serving
	Stopping // it takes no call any more
)

// Check tries one thing.
type Check struct {
	Name string // what is checked, for the operator
	Try  func(ctx context.Context) error
	// Life says that a server for which this fails had better be started again. Every check counts for readiness.
	Life bool
}

// Options of New. All but Log may be zero.
type Options struct {
	Log     *slog.Logger
	Fresh   time.Duration // how long an answer holds; default 1 s
	Timeout time.Duration // of one check; default 10 s
}

// Health is the state of a server. Its methods may be called from many goroutines.
type Health struct {
	options Options
	life    context.Context
	end     context.CancelFunc
	flights sync.WaitGroup
	mu      sync.Mutex
	stage   Stage
	probes  []*probe
	closed  bool
	unready string // what was logged last; "": nothing is wrong
}

// Why a server is not ready whatever its checks say.
var (
	ErrStarting = errors.New("starting")
	ErrStopping = errors.New("stopping")
)

// New is the health of a server that starts: it lives, and is not ready. Close it.
func New(o Options) *Health {
	if o.Fresh == 0 {
		o.Fresh = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	h := &Health{options: o}
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// Serve says that the server has started and what is checked from now on.
func (h *Health) Serve(checks ...Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range checks {
		h.probes = append(h.probes, &probe{Check: c, health: h})
	}
	h.stage = Serving
}

// Stop says that the server stops. It still lives by the same checks.
func (h *Health) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stage = Stopping
}

// Close ends the checks that run and waits for them. Nothing is checked any more.
func (h *Health) Close() {
	h.mu.Lock()
	h.probes, h.closed = nil, true
	h.mu.Unlock()
	h.end()
	h.flights.Wait()
}

// fly runs a check in a goroutine that Close waits for; false: it is closed.
func (h *Health) fly(run func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.flights.Go(run)
	}
	return !h.closed
}

// Live tells what is wrong with the server that a new start would cure; nil: it lives. While it starts it does.
func (h *Health) Live(ctx context.Context) error {
	_, probes := h.state()
	return ask(ctx, probes, func(c Check) bool { return c.Life })
}

// Ready tells why the server cannot take a call and keep its promises; nil: it can. What changes is logged.
func (h *Health) Ready(ctx context.Context) error {
	err := h.ready(ctx)
	if ctx.Err() == nil {
		h.note(err)
	}
	return err
}

func (h *Health) ready(ctx context.Context) error {
	switch stage, probes := h.state(); stage {
	case Starting:
		return ErrStarting
	case Stopping:
		return ErrStopping
	default:
		return ask(ctx, probes, func(Check) bool { return true })
	}
}

func (h *Health) state() (Stage, []*probe) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stage, h.probes
}

// note logs when the server stops being ready for another reason than its own start or end, and when it is again.
func (h *Health) note(err error) {
	if errors.Is(err, ErrStarting) || errors.Is(err, ErrStopping) {
		return
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	h.mu.Lock()
	before := h.unready
	h.unready = text
	h.mu.Unlock()
	switch {
	case err != nil && before == "":
		h.options.Log.Error("not ready for calls", "error", err)
	case err == nil && before != "":
		h.options.Log.Info("ready for calls again")
	}
}

// ask asks all probes that are wanted at the same time and joins what they have against the server, in their order.
func ask(ctx context.Context, probes []*probe, wanted func(Check) bool) error {
	errs := make([]error, len(probes))
	var asked sync.WaitGroup
	for i, p := range probes {
		if wanted(p.Check) {
			asked.Go(func() { errs[i] = p.ask(ctx) })
		}
	}
	asked.Wait()
	for i, err := range errs {
		if err != nil {
			errs[i] = fmt.Errorf("%s: %w", probes[i].Name, err)
		}
	}
	return errors.Join(errs...)
}
