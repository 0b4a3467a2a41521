// Package exchange drives one dialogue over one byte stream: it reads bytes and lets the dialogue hear them, says what
// the phases want said and writes the result, and runs the timers. It knows no phase, no file and no catalog; the
// answering session and the requester both walk their phases on top of it.
//
// The main call is [Exchange.Next], which waits for the next [Occurrence].
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Conn is the byte stream of one dialogue: a TCP or TLS connection, or a channel of one.
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// Options are what an exchange needs from its surroundings.
type Options struct {
	// Pool gives the large buffers that are held while a file is received.
	Pool *stream.Pool
	// Stall cuts the connection when the peer takes nothing for so long; 0: never.
	Stall time.Duration
	// Opening is what the dialogue sends first, as Begin returned it.
	Opening []byte
	// Trace, when set, is told every byte received and sent, in order. It must not keep the slices.
	Trace func(sent bool, b []byte)
	// Resume, when set, has Next return [Resting] where it would wait for the peer: see [Exchange.Rest]. Resume is called
	// on a goroutine of its own, with the context that Rest had, and is the owner from then on.
	Resume func(context.Context)
}

// Exchange drives one dialogue. One goroutine at a time owns it and calls its methods; Tell alone may be called from others.
//
// An owner that only waits for its peer gives it up ([Exchange.Rest]): nobody owns it then. What holds:
//   - Whatever happens is put first where news and wait find it, and then seize marks the exchange and finds out whether
//     somebody has to go on with it.
//   - The owner first takes the mark away, then looks for news, and gives the exchange up only if there is still no mark.
//
// So nothing that happens is left lying, and only one goroutine goes on. What does not call seize (the end of a write by
// the writer's goroutine, a chunk of a file that is sent, a meter's pause) keeps the owner in wait, which selects over
// everything.
type Exchange struct {
	d       sdk.Dialogue
	conn    Conn
	reader  reader
	writer  writer
	timer   timer
	in, out pace // see PaceIn and PaceOut
	inlets  []*Inlet
	disk    chan struct{}        // filled when one of them has news; nil: there was none yet
	feed    *Outlet              // that wants its next chunk
	hungry  bool                 // nobody has looked yet whether that is in memory
	chunks  <-chan *stream.Chunk // where that comes from
	told    told
	events  []sdk.Event // heard and not yet returned
	next    int         // the first of them
	owed    int         // answers that the peer waits for
	most    int         // of them while which it is heard; 0: it does not go on
	fresh   bool        // Hear has not been asked since bytes or an answer came
	deaf    bool        // a fault was heard, or the farewell was said: nothing more is heard
	gone    error       // why nothing more can be read
	behind  int         // inlets whose disk is behind: no more bytes are wanted for now
	parts   chan struct{}
	budget  *stream.Budget // of the parts that peers want
	hangup  bool
	unheard []Notice // that came during the farewell
	rest    rest
	state   atomic.Uint32 // owned, marked or resting
}

// The most events of one Hear: few while the peer talks, many while it sends a file. A dialogue that has more keeps the
// rest of its bytes.
const (
	fewEvents  = 4
	someEvents = 16 // of a dialogue that pipelines
	manyEvents = 128
	muchHeard  = 64 << 10 // bytes of a file at once that are worth room for so many: a small file does without
)

// New begins. Close ends the goroutines that read and write.
func New(c Conn, d sdk.Dialogue, o Options) *Exchange {
	x := &Exchange{d: d, conn: c, rest: rest{resume: o.Resume}}
	if o.Resume != nil {
		x.timer.quiet = quietTime
	}
	x.told.wake = make(chan struct{}, 1)
	x.timer.rang, x.timer.ring = make(chan struct{}, 1), x.rings
	if p, ok := d.(sdk.Pipelined); ok {
		x.most = min(max(p.Pipelined(), 1), sdk.MaxPipelined)
		x.parts = make(chan struct{}, 1)
		x.timer.lazy = true
	}
	x.reader.start(c, o.Pool, o.Trace)
	x.writer.start(c, o.Stall, o.Trace, x.rouse)
	x.writer.out = append(x.writer.out, o.Opening...)
	return x
}

// Next flushes what was said and waits for the next occurrence. It returns Cancelled when ctx ends, each time again.
func (x *Exchange) Next(ctx context.Context) Occurrence {
	for {
		if x.next < len(x.events) {
			e := &x.events[x.next]
			x.next++
			if e.Kind.Asks() || x.most > 0 && e.Kind == sdk.KindWant {
				x.owed++
			}
			if e.Kind == sdk.KindFault {
				x.deaf = true
			}
			return Occurrence{What: Heard, Event: e}
		}
		if x.hears() {
			if err := x.hear(); err != nil {
				x.deaf, x.gone = true, err
			}
			continue
		}
		if len(x.writer.done) > 0 { // perhaps for long: see rests
			x.written(<-x.writer.done)
			x.writer.drained = true
		}
		if x.writer.flush() {
			x.timer.putOff() // what took us so long is no silence of the peer's
		}
		if x.hungry && x.writer.waiting == 0 && !x.writesData() && !x.news(ctx) {
			x.listen()
			if p, ok := x.feeds(); ok {
				return Occurrence{What: Noticed, Notice: p}
			}
		}
		if x.writer.drained {
			x.writer.drained = false
			if x.gone == nil && x.Ready() {
				return Occurrence{What: Drained}
			}
		}
		if o, ok := x.wait(ctx); ok {
			return o
		}
	}
}

func (x *Exchange) hears() bool {
	return x.fresh && x.owed < max(x.most, 1) && !x.deaf && !x.Paused() && !x.choked()
}

// choked reports whether so much waits for a peer that does not read that it is not heard any more. The data of a file
// alone never comes near: a peer may stop or acknowledge what it has not read yet.
func (x *Exchange) choked() bool { return x.gone == nil && x.writer.behind() >= sayLimit }

// full reports whether so much was received ahead of an answer that nothing more is read. A dialogue that pipelines may
// hold back what comes behind a packet whose turn is later, a close say, for as long as the answer takes.
func (x *Exchange) full() bool {
	return (x.owed > 0 || x.most > 0) && len(x.reader.waiting()) > sdk.MaxHeld
}

// reads reports whether more bytes of the peer are wanted.
func (x *Exchange) reads() bool {
	return !x.Paused() && x.gone == nil && !x.in.held && !x.choked() && !x.full()
}

// hear offers the waiting bytes to the dialogue.
func (x *Exchange) hear() error {
	x.fresh = false
	in := x.reader.waiting()
	most := fewEvents
	switch {
	case x.reader.large && (len(in) >= muchHeard || cap(x.events) == manyEvents):
		most = manyEvents
	case x.most > 0:
		most = someEvents
	}
	if cap(x.events) != most {
		x.events = make([]sdk.Event, 0, most)
	}
	used, events, out, err := x.d.Hear(in, x.events[:0], x.writer.out)
	if err != nil {
		return fmt.Errorf("hear the peer: %w", err)
	}
	x.events, x.next, x.writer.out = events, 0, out
	x.reader.used(used)
	if len(events) > 0 || used > 0 {
		x.fresh = true // there may be more in what is left
	}
	if used == 0 && len(events) == 0 && x.most == 0 && x.reader.stuck() {
		return fmt.Errorf("hear the peer: %d bytes without a whole unit", len(in)-used)
	}
	return nil
}

func (x *Exchange) written(err error) {
	x.writer.finished()
	if err != nil && x.gone == nil {
		x.gone = fmt.Errorf("write to the peer: %w", err)
	}
	x.timer.putOff()
	x.writer.flush()
}

// mute ends the call without another byte: what waits to be written must not reach the peer, and so nothing behind it may.
func (x *Exchange) mute(why error) {
	x.writer.muted, x.deaf = true, true
	if x.gone == nil {
		x.gone = why
	}
}

func (x *Exchange) received(r result) {
	x.reader.took(r.n)
	x.in.passed(r.n)
	if r.n > 0 {
		x.fresh = true
		x.timer.heard()
	}
	if r.err != nil {
		x.gone = r.err
		if errors.Is(r.err, io.EOF) {
			x.gone = io.EOF
		}
	}
}

// Ready reports whether more data may be said: little enough waits to be written, and no meter holds it.
func (x *Exchange) Ready() bool {
	return x.writer.ready() && !x.out.held
}

// Hangup reports whether the dialogue wants the connection closed after what was said.
func (x *Exchange) Hangup() bool { return x.hangup }

// Paused reports whether nothing is read because the disk is behind.
func (x *Exchange) Paused() bool { return x.behind > 0 }

// Frame asks the dialogue how data is laid out (sdk.Framer); max 0 means that Say copies.
func (x *Exchange) Frame(ref uint32) (gap, max int) {
	if f, ok := x.d.(sdk.Framer); ok {
		return f.Frame(ref)
	}
	return 0, 0
}

// Receiving switches between large pooled buffers, for the data of a file, and a small one.
func (x *Exchange) Receiving(on bool) { x.reader.large = on }

// Arm starts the timer, in place of the one that ran. A d of 0 or less disarms it. Bytes put off the timer of a message,
// and where the dialogue pipelines that of a peer that is idle: much of what it asks the dialogue answers by itself.
func (x *Exchange) Arm(t sdk.Timer, d time.Duration) { x.timer.arm(t, d) }

// ArmFixed does so with a timer that no byte puts off.
func (x *Exchange) ArmFixed(t sdk.Timer, d time.Duration) {
	x.timer.arm(t, d)
	x.timer.fixed = true
}

// ArmConnect starts the timer of the first byte, which turns into that of the whole greeting when bytes come.
func (x *Exchange) ArmConnect(first, whole time.Duration) { x.timer.armConnect(first, whole) }
