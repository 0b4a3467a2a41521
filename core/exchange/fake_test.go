package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// fake is a dialogue of lines: "ask" asks, "ask twice" gives two requests from one line, "fault" breaks, "big N" needs N
// bytes after it before it means anything, and any other line is data. It says a message as its kind in brackets, and
// data with a gap of one byte, which it fills with '#'.
type fake struct {
	again   bool
	closed  int
	blocked bool
}

const fakeGap = 1

func (d *fake) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if d.again {
		d.again = false
		return 0, append(ev, sdk.Event{Kind: sdk.KindRequest}), out, nil
	}
	used := 0
	for len(ev) < cap(ev) {
		line, _, ok := bytes.Cut(in[used:], []byte("\n"))
		if !ok {
			break
		}
		n := len(line) + 1
		switch word := string(line); {
		case word == "ask", word == "ask twice":
			d.again = word != "ask"
			return used + n, append(ev, sdk.Event{Kind: sdk.KindRequest}), out, nil
		case word == "fault":
			return used + n, append(ev, sdk.Event{Kind: sdk.KindFault}), append(out, "[Farewell]"...), nil
		case word == "bug":
			return used, ev, out, errors.New("the dialogue is wrong")
		case strings.HasPrefix(word, "big "):
			n += 40_000
			if len(in)-used < n {
				return used, ev, out, nil
			}
			ev = append(ev, sdk.Event{Kind: sdk.KindSync})
		default:
			ev = append(ev, sdk.Event{Kind: sdk.KindData, Bytes: line})
		}
		used += n
	}
	return used, ev, out, nil
}

func (d *fake) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	switch {
	case m.Kind == sdk.KindData && d.blocked:
		return sdk.Said{Next: sdk.Blocked}, out, nil
	case m.Kind == sdk.KindData:
		m.Bytes[0] = '#'
		return sdk.Said{Used: len(m.Bytes)}, out, nil
	case m.Kind == sdk.KindBye:
		return sdk.Said{Next: sdk.Hangup}, append(out, "[Bye]"...), nil
	}
	return sdk.Said{}, append(append(append(out, '['), m.Kind.String()...), ']'), nil
}

func (d *fake) Frame(uint32) (gap, max int) { return fakeGap, 1 << 10 }
func (d *fake) Close()                      { d.closed++ }

// talk is an exchange in a bubble, with the peer's end of its connection.
type talk struct {
	*testing.T
	x    *Exchange
	d    *fake
	peer net.Conn
	pool *stream.Pool
	bg   sync.WaitGroup
}

// talking plays a test in a bubble: synctest fails it when a goroutine is left behind.
func talking(t *testing.T, o Options, play func(*talk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		d := &fake{}
		o.Pool = stream.NewPool(4)
		k := &talk{T: t, x: New(near, d, o), d: d, peer: far, pool: o.Pool}
		defer func() {
			k.x.Close()
			k.x.Close()
			far.Close()
			k.bg.Wait()
			if d.closed != 1 || k.pool.InUse() != 0 {
				t.Errorf("the dialogue was closed %d times, %d buffers are out", d.closed, k.pool.InUse())
			}
		}()
		play(k)
	})
}

// next waits for an occurrence of that sort.
func (k *talk) next(want What) Occurrence {
	k.Helper()
	o := k.x.Next(context.Background())
	if o.What != want {
		k.Fatalf("occurrence %d (%v, %v), want %d", o.What, o.Event, o.Err, want)
	}
	return o
}

func (k *talk) say(kind sdk.Kind) {
	k.Helper()
	if _, err := k.x.Say(sdk.Message{Kind: kind}); err != nil {
		k.Fatal(err)
	}
}

// frame says data and counts its release.
func (k *talk) frame(text string, released *int) {
	k.Helper()
	if _, err := k.x.sayFramed(sdk.Message{Kind: sdk.KindData, Bytes: []byte("_" + text)}, func() { *released++ }); err != nil {
		k.Fatal(err)
	}
}

// sends writes as the peer, without waiting.
func (k *talk) sends(s string) { k.bg.Go(func() { _, _ = io.WriteString(k.peer, s) }) }

// reads gives what the peer gets until nothing more comes for a second.
func (k *talk) reads() string {
	_ = k.peer.SetReadDeadline(time.Now().Add(time.Second))
	b, err := io.ReadAll(k.peer)
	if err != nil && !isTimeout(err) {
		return string(b) + " and then " + err.Error() // the test itself may be over
	}
	return string(b)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
