package exchange

import (
	"time"

	"github.com/postern/postern/sdk"
)

// timer is the one timer of an exchange. Bytes from the peer put it off without a system call: it is set again only
// when it fires too early.
type timer struct {
	t       *time.Timer
	name    sdk.Timer
	wait    time.Duration
	touched time.Time
	first   bool          // the first byte of the greeting is awaited
	whole   time.Duration // of the greeting then; 0: none
	fixed   bool          // bytes do not put it off
	lazy    bool          // they put off the idle timer too
	quiet   time.Duration // tells that the peer is quiet while the idle timer runs; 0: does not
	runs    bool          // t fires some time
}

// ending is why a timer fired.
type ending uint8

const (
	tooEarly  ending = iota // it was put off
	ranOut                  // its time is over
	wentQuiet               // nothing has happened for a while; it does not run until it is set again
)

func (t *timer) arm(name sdk.Timer, d time.Duration) {
	t.name, t.wait, t.touched, t.first, t.fixed = name, d, time.Now(), false, false
	t.start(d)
}

// start has it fire after d, or when the peer is quiet before that.
func (t *timer) start(d time.Duration) {
	if t.name == sdk.TimerOfIdle && t.quiet > 0 && (d <= 0 || t.quiet < d) {
		d = t.quiet
	}
	t.runs = d > 0
	switch {
	case d <= 0 && t.t != nil:
		t.t.Stop()
	case d > 0 && t.t == nil:
		t.t = time.NewTimer(d)
	case d > 0:
		t.t.Reset(d)
	}
}

// armConnect gives the peer first until its first byte and whole until the end of its greeting.
func (t *timer) armConnect(first, whole time.Duration) {
	if first <= 0 || whole > 0 && whole <= first {
		t.arm(sdk.TimerOfConnect, whole)
		return
	}
	t.arm(sdk.TimerOfConnect, first)
	t.first, t.whole = true, whole
}

// heard says that bytes came. They put the message timer off; the greeting as a whole has a fixed end, or none.
func (t *timer) heard() {
	switch {
	case t.first && t.whole <= 0:
		t.arm(sdk.TimerOfConnect, 0)
	case t.first:
		t.arm(sdk.TimerOfConnect, max(t.whole-time.Since(t.touched), 1))
	default:
		t.putOff()
	}
}

// putOff says that the peer took bytes, or that there is something new for it to answer.
func (t *timer) putOff() {
	if t.name == sdk.TimerOfMessage && !t.fixed || t.name == sdk.TimerOfIdle && t.lazy {
		t.touched = time.Now()
	}
}

func (t *timer) fired() <-chan time.Time {
	if !t.runs {
		return nil
	}
	return t.t.C
}

// expired tells whether the timer really ran out, and starts it again when it was put off.
func (t *timer) expired() (sdk.Timer, ending) {
	t.runs = false
	left := t.wait - time.Since(t.touched)
	switch {
	case t.wait > 0 && left <= 0:
		t.wait = 0
		return t.name, ranOut
	case t.name == sdk.TimerOfIdle && t.quiet > 0:
		return "", wentQuiet
	}
	t.start(left)
	return "", tooEarly
}

// lay lets go of the timer and says when it would have run out; ok is false where it never would.
func (t *timer) lay() (end time.Time, ok bool) {
	t.t, t.runs = nil, false
	return t.touched.Add(t.wait), t.wait > 0
}

// again starts it for what is left of its time.
func (t *timer) again() {
	left := time.Duration(0)
	if t.wait > 0 {
		left = max(t.wait-time.Since(t.touched), 1)
	}
	t.start(left)
}
