package wiring

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// A process writes its lines to a pipe of its own, beside its answers: they are waited for until there was silence for
// so long, and no longer than that.
const (
	hushed  = 30 * time.Millisecond
	talking = 500 * time.Millisecond
)

// heard is a [slog.Handler] that keeps the lines of a process that is tried.
type heard struct {
	fields string // of the handler itself
	kept   *lines
}

// lines are what was said and not yet taken.
type lines struct {
	mu   sync.Mutex
	all  []string
	more chan struct{} // something came; has room for one
}

func newHeard() *heard { return &heard{kept: &lines{more: make(chan struct{}, 1)}} }

// Enabled implements slog.Handler.
func (h *heard) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h *heard) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	b.WriteString(h.fields)
	r.Attrs(func(a slog.Attr) bool { appendField(&b, a); return true })
	h.kept.mu.Lock()
	h.kept.all = append(h.kept.all, b.String())
	h.kept.mu.Unlock()
	select {
	case h.kept.more <- struct{}{}:
	default:
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *heard) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		appendField(&b, a)
	}
	return &heard{h.fields + b.String(), h.kept}
}

// WithGroup implements slog.Handler. Names of groups say nothing to the author.
func (h *heard) WithGroup(string) slog.Handler { return h }

func appendField(b *strings.Builder, a slog.Attr) {
	if a.Value.Kind() == slog.KindGroup {
		for _, x := range a.Value.Group() {
			appendField(b, x)
		}
		return
	}
	b.WriteString(" " + a.Key + "=" + a.Value.String())
}

// take gives what was said, once there is silence.
func (h *heard) take() []string {
	silence, end := time.NewTimer(hushed), time.NewTimer(talking)
	defer silence.Stop()
	defer end.Stop()
	for wait := true; wait; {
		select {
		case <-h.kept.more:
			silence.Reset(hushed)
		case <-silence.C:
			wait = false
		case <-end.C:
			wait = false
		}
	}
	h.kept.mu.Lock()
	defer h.kept.mu.Unlock()
	all := h.kept.all
	h.kept.all = nil
	return all
}
