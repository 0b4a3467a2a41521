package wasm

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// What a module may log: bytes of one call, bytes of one line, and bytes over time of all its calls.
const (
	logPerCall   = 64 << 10
	logLine      = 4 << 10
	logBurst     = 256 << 10
	logPerSecond = 32 << 10
)

// talk is what an exit may log over time: a bucket that fills by logPerSecond.
type talk struct {
	mu     sync.Mutex
	left   int
	at     time.Time
	missed int
}

// allow takes n bytes out of the bucket; missed counts the messages dropped before this one.
func (k *talk) allow(now time.Time, n int) (ok bool, missed int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at.IsZero() {
		k.left = logBurst
	} else if since := now.Sub(k.at); since > 0 {
		k.left = int(min(int64(logBurst), int64(k.left)+int64(since.Seconds()*logPerSecond)))
	}
	k.at = now
	if k.left < n {
		k.missed++
		return false, 0
	}
	k.left -= n
	missed, k.missed = k.missed, 0
	return true, missed
}

// say logs one message of the module's. What is too much, for the call or over time, is dropped: a module that talks
// too much is no reason to refuse anything.
func (t *task) say(level slog.Level, message string) {
	if t.logged += len(message) + 1; t.logged > logPerCall { // as it came: blanks cost as much work as words
		return
	}
	message = printable(t.mask(message), logLine)
	if t.lines != nil {
		*t.lines = append(*t.lines, message)
		return
	}
	if !t.exit.log.Enabled(context.Background(), level) {
		return
	}
	ok, missed := t.exit.talk.allow(t.now(), len(message)+1)
	if !ok {
		return
	}
	attrs := []slog.Attr{slog.String(cmp.Or(t.exit.noun, "exit"), t.exit.name), slog.String("message", message)}
	if t.q.Point != "" && t.q.Point != atBackend {
		attrs = append(attrs, slog.String("point", string(t.q.Point)))
	}
	if t.q.Facts != nil {
		attrs = append(attrs, slog.String("session", t.q.Facts.Session))
	}
	if missed > 0 {
		attrs = append(attrs, slog.Int("dropped", missed))
	}
	t.exit.log.LogAttrs(context.Background(), level, cmp.Or(t.exit.noun, "exit")+" says", attrs...)
}

// mask takes the secrets out of a message of a module that may see them.
func (t *task) mask(message string) string {
	if t.q.Facts == nil {
		return message
	}
	hide := func(secret string) {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "***")
		}
	}
	if c := t.q.Facts.Claim; c != nil && t.exit.grants.Password {
		hide(c.Secret.Reveal())
		hide(c.NewSecret.Reveal())
	}
	if p := t.q.Facts.Partner; p != nil && t.exit.grants.Stored {
		hide(p.Password.Reveal())
		hide(p.LocalPassword.Reveal())
	}
	return message
}

// levelOf reads the level of a message: 0 debug, 1 information, 2 warning, 3 error.
func levelOf(v uint64) slog.Level {
	switch uint32(v) {
	case 0:
		return slog.LevelDebug
	case 2:
		return slog.LevelWarn
	case 3:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// lineLog cuts what a module writes to its standard output and error into lines for the log.
type lineLog struct{ begun []byte }

func (l *lineLog) write(t *task, b []byte) {
	for len(b) > 0 && t.logged < logPerCall {
		n := min(len(b), logLine-len(l.begun))
		end := bytes.IndexByte(b[:n], '\n')
		if end >= 0 {
			n = end
		}
		l.begun = append(l.begun, b[:n]...)
		if b = b[n:]; end >= 0 {
			b = b[1:]
			t.logged++ // an empty line is work too
		}
		if end >= 0 || len(l.begun) >= logLine {
			l.flush(t)
		}
	}
}

// flush logs what was begun.
func (l *lineLog) flush(t *task) {
	if len(l.begun) > 0 {
		t.say(slog.LevelInfo, string(l.begun))
		l.begun = l.begun[:0]
	}
}
