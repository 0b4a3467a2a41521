package guest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
)

// Logger writes into the server's log, with attributes as key=value behind the message. The server adds time, exit, point and
// session.
func Logger(ctx context.Context) *slog.Logger {
	line := &line{ctx: ctx}
	text := slog.NewTextHandler(line, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: bare})
	return slog.New(&handler{text, line})
}

// bare takes away what the server adds anyway.
func bare(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// handler says a record's level beside its text.
type handler struct {
	slog.Handler
	line *line
}

// Handle implements [slog.Handler].
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	h.line.mu.Lock()
	defer h.line.mu.Unlock()
	h.line.level = r.Level
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs), h.line}
}

// WithGroup implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.line}
}

// line is the way of one record to the server.
type line struct {
	ctx   context.Context
	mu    sync.Mutex
	level slog.Level
}

// Write takes one whole record.
func (l *line) Write(b []byte) (int, error) {
	Log(l.ctx, l.level, strings.TrimSuffix(strings.TrimPrefix(string(b), "msg="), "\n"))
	return len(b), nil
}
