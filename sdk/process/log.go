package process

import (
	"io"
	"log/slog"
)

// newHandler writes lines of JSON in the form that go-plugin agreed on: whoever loads the plugin finds the level and
// the attributes in them.
func newHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) > 0 {
			return a
		}
		switch a.Key {
		case slog.TimeKey:
			a.Key = "@timestamp"
		case slog.MessageKey:
			a.Key = "@message"
		case slog.LevelKey:
			a.Key = "@level"
			if l, ok := a.Value.Any().(slog.Level); ok {
				a.Value = slog.StringValue(level(l))
			}
		}
		return a
	}})
}

// level names a level without its offset: slog's INFO+2 is info.
func level(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warn"
	}
	return "error"
}
