package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Limits of what one exit may log. More is dropped and counted; the process is never held up by it.
const (
	longestLine = 8 << 10   // bytes; the rest of a line is dropped
	talkRate    = 64 << 10  // bytes a second
	talkBurst   = 256 << 10 // bytes at once
	lineCost    = 128       // bytes that a line costs at least
	mostAttrs   = 16        // of one line
	tailLines   = 3         // kept for the message of a failed start
)

// talk puts into the log what a process says. One serves all processes of an exit, one after the other.
type talk struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	left    int // bytes that may still be said
	at      time.Time
	dropped int
	tail    []string
}

func newTalk(log *slog.Logger, now func() time.Time) *talk {
	return &talk{log: log, now: now, left: talkBurst, at: now()}
}

// listen takes lines until the end of r.
func (t *talk) listen(r io.Reader) {
	b := bufio.NewReaderSize(r, longestLine)
	for {
		line, err := b.ReadSlice('\n')
		t.line(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = b.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

// line logs one line, if there is room for it.
func (t *talk) line(b []byte) {
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return
	}
	if ok, missed := t.admit(b); !ok {
		return
	} else if missed > 0 {
		t.log.Warn("the exit said too much: lines were dropped", "lines", missed)
	}
	if level, text, attrs, ok := structured(b); ok {
		t.log.LogAttrs(context.Background(), level, text, slog.GroupAttrs("plugin", attrs...))
		return
	}
	level := slog.LevelInfo
	if bytes.HasPrefix(b, []byte("panic: ")) || bytes.HasPrefix(b, []byte("fatal error: ")) {
		level = slog.LevelError
	}
	t.log.Log(context.Background(), level, printable(string(b), longestLine))
}

// admit takes the line's cost, and says how many lines were dropped before.
func (t *talk) admit(b []byte) (ok bool, missed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tail = append(t.tail, printable(string(b[:min(len(b), 300)]), 200)); len(t.tail) > tailLines {
		t.tail = slices.Delete(t.tail, 0, 1)
	}
	now := t.now()
	earned := now.Sub(t.at).Seconds() * talkRate
	t.left, t.at = int(min(float64(t.left)+max(earned, 0), talkBurst)), now
	cost := max(len(b), lineCost)
	if t.left < cost {
		t.dropped++
		return false, 0
	}
	t.left -= cost
	missed, t.dropped = t.dropped, 0
	return true, missed
}

// last gives the last lines that were said, dropped ones too.
func (t *talk) last() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.tail)
}

// end forgets the last lines and says how many were dropped.
func (t *talk) end() {
	t.mu.Lock()
	missed := t.dropped
	t.dropped, t.tail = 0, nil
	t.mu.Unlock()
	if missed > 0 {
		t.log.Warn("the exit said too much: lines were dropped", "lines", missed)
	}
}

// structured reads a line as go-plugin has agreed on it: one JSON object with @level and @message.
func structured(b []byte) (level slog.Level, text string, attrs []slog.Attr, ok bool) {
	if b[0] != '{' {
		return 0, "", nil, false
	}
	var fields map[string]any
	if json.Unmarshal(b, &fields) != nil {
		return 0, "", nil, false
	}
	text, ok = fields["@message"].(string)
	if !ok {
		return 0, "", nil, false
	}
	name, _ := fields["@level"].(string)
	for key, value := range fields {
		if key != "" && key[0] != '@' {
			attrs = append(attrs, slog.Any(printable(key, 60), value))
		}
	}
	slices.SortFunc(attrs, func(a, b slog.Attr) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	return levelOf(name), printable(text, longestLine), attrs[:min(len(attrs), mostAttrs)], true
}

func levelOf(name string) slog.Level {
	switch name {
	case "trace", "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}
