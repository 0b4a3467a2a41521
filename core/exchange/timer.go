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
}

func (t *timer) arm(name sdk.Timer, d time.Duration) {
	t.name, t.wait, t.touched, t.first, t.fixed = name, d, time.Now(), false, false
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
	if t.t == nil || t.wait <= 0 {
		return nil
	}
	return t.t.C
}

// expired tells whether the timer really ran out, and starts it again when it was put off.
func (t *timer) expired() (sdk.Timer, bool) {
	if left := t.wait - time.Since(t.touched); left > 0 {
		t.t.Reset(left)
		return "", false
	}
	t.wait = 0
	return t.name, true
}
