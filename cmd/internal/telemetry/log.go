// Package telemetry holds the observers of the server: what the core reports becomes log lines, metrics, and the refusals
// that operators search. An HTTP endpoint shows the metrics and the server's health.
//
// It decides nothing, and an observer never holds a call up.
//
// The main calls are [Log], [NewRefusals], [NewMetrics] and [Listen].
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/postern/postern/cmd/internal/visible"
	"github.com/postern/postern/sdk"
)

// NewLogger makes the server's logger: format text or json. The level may change while it is used.
func NewLogger(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: withStack}
	if format == "json" {
		// The text format quotes whatever does not print; this one leaves some of it to the terminal.
		return slog.New(slog.NewJSONHandler(visible.Writer(w), o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// withStack puts the stack of a bug beside the error that it became.
func withStack(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindAny {
		return a
	}
	err, ok := a.Value.Any().(error)
	if !ok {
		return a
	}
	b, ok := sdk.AsBug(err)
	if !ok {
		return a
	}
	return slog.Attr{Value: slog.GroupValue(slog.String(a.Key, err.Error()), slog.String("stack", string(b.Stack)))}
}

// SetLevel sets a level by its name.
func SetLevel(l *slog.LevelVar, name string) error {
	var next slog.Level
	if err := next.UnmarshalText([]byte(name)); err != nil {
		return fmt.Errorf("log level %q: %w", name, err)
	}
	l.Set(next)
	return nil
}

// Log writes one line per phase with its outcome; that of the data phase is the transfer's end or its interruption. Calls,
// decisions and sync points are written at the debug level.
func Log(l *slog.Logger) sdk.Observer { return &logger{Logger: l} }

type logger struct {
	*slog.Logger
	bug atomic.Pointer[sdk.Bug] // the last one whose stack was written: a bug may end several transfers
}

// lines says how each happening is written.
var lines = map[sdk.Happening]struct {
	text  string
	level slog.Level
}{
	sdk.CallOpened:          {"call opened", slog.LevelDebug},
	sdk.CallClosed:          {"call closed", slog.LevelDebug},
	sdk.PhaseEnded:          {"phase", slog.LevelInfo},
	sdk.AddressBanned:       {"address banned", slog.LevelWarn},
	sdk.Decided:             {"decided", slog.LevelDebug},
	sdk.Refused:             {"refused", slog.LevelDebug}, // the phase's line says it too
	sdk.TransferStarted:     {"transfer started", slog.LevelDebug},
	sdk.TransferSynced:      {"sync point", slog.LevelDebug},
	sdk.TransferEnded:       {"phase", slog.LevelInfo},
	sdk.TransferInterrupted: {"phase", slog.LevelWarn},
	sdk.OperatorActed:       {"operator", slog.LevelInfo},
}

// Observe writes the line of an observation.
func (l *logger) Observe(o sdk.Observation) {
	line, ok := lines[o.What]
	if !ok {
		line.text, line.level = string(o.What), slog.LevelInfo
	}
	if o.What == sdk.PhaseEnded && o.Phase == sdk.PhaseData {
		return // the transfer's own line is that of the phase
	}
	if outcomeOf(o) == outcomeRefused {
		line.level = slog.LevelWarn
	}
	ctx := context.Background()
	if !l.Enabled(ctx, line.level) {
		return
	}
	fields := attrs(o)
	if o.Refusal != nil {
		if b, ok := sdk.AsBug(o.Refusal); ok && l.bug.Swap(b) != b {
			fields = append(fields, slog.String("stack", string(b.Stack)))
		}
	}
	l.LogAttrs(ctx, line.level, line.text, fields...)
}

// The outcomes of a phase.
const (
	outcomeOK          = "ok"
	outcomeRefused     = "refused"
	outcomeInterrupted = "interrupted" // the data phase
	outcomeEarly       = "early"       // the disconnection phase, which cannot refuse: somebody or something ended the session
)

// outcomeOf is the outcome of a phase; "" for what ends none.
func outcomeOf(o sdk.Observation) string {
	switch {
	case o.What == sdk.TransferInterrupted:
		return outcomeInterrupted
	case o.What != sdk.PhaseEnded && o.What != sdk.TransferEnded:
		return ""
	case o.Refusal == nil:
		return outcomeOK
	case o.Phase == sdk.PhaseDisconnection:
		return outcomeEarly
	}
	return outcomeRefused
}

// attrs are the fields of an observation that say something.
func attrs(o sdk.Observation) []slog.Attr {
	out := make([]slog.Attr, 0, 16)
	text := func(key, value string) {
		if value != "" {
			out = append(out, slog.String(key, value))
		}
	}
	number := func(key string, value int64) {
		if value != 0 {
			out = append(out, slog.Int64(key, value))
		}
	}
	if o.Phase != 0 {
		text("phase", o.Phase.String())
	}
	text("outcome", outcomeOf(o))
	text("session", o.Session)
	text("listener", o.Listener)
	if o.Peer.IsValid() {
		text("peer", o.Peer.String())
	}
	text("partner", o.Partner)
	text("transfer", o.Transfer)
	text("flow", o.Flow)
	text("file", o.File)
	text("label", o.Label)
	text("direction", string(o.Direction))
	text("point", string(o.Point))
	text("exit", o.Exit)
	if o.What == sdk.Decided {
		text("verdict", o.Verdict.String())
	}
	if o.Refusal != nil {
		text("code", string(o.Refusal.Code))
		text("reason", o.Refusal.Error())
		text("refusal", o.ID)
	}
	number("sync_point", o.SyncPoint)
	number("bytes", o.Bytes)
	number("records", o.Records)
	text("sha256", o.SHA256)
	text("path", o.Path)
	if o.Duration > 0 {
		out = append(out, slog.Duration("duration", o.Duration))
	}
	text("actor", o.Actor)
	text("command", o.Command)
	text("failure", o.Failure)
	return out
}
