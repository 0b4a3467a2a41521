package exchange

import (
	"time"

	"github.com/postern/postern/sdk"
)

// timer is the one timer of an exchange. It is not set again when it is put off or means something else, as long as it
// fires early enough: whoever hears it looks whether its time is over, and sets it again if not.
type timer struct {
	t       *time.Timer
	ring    func()        // called on a goroutine of its own when t fires
	rang    chan struct{} // and then this is filled
	runs    bool          // t fires, or has fired and nobody has looked
	at      time.Time     // when
	name    sdk.Timer
	wait    time.Duration // 0: it never runs out
	touched time.Time
	first   bool          // the first byte of the greeting is awaited
	whole   time.Duration // of the greeting then; 0: none
	fixed   bool          // bytes do not put it off
	lazy    bool          // they put off the idle timer too
	quiet   time.Duration // tells that the peer is quiet while the idle timer runs; 0: does not
	hushed  bool          // it has told
}

// ending is why a timer fired.
type ending uint8

const (
	tooEarly  ending = iota // it was put off
	ranOut                  // its time is over
	wentQuiet               // nothing has happened for a while
)

func (t *timer) arm(name sdk.Timer, d time.Duration) {
	t.name, t.wait, t.touched, t.first, t.fixed, t.hushed = name, max(d, 0), time.Now(), false, false, false
	t.set()
}

// due is when there is something to look at.
func (t *timer) due() (at time.Time, ok bool) {
	wait := t.wait
	if t.tells() && (wait == 0 || t.quiet < wait) {
		wait = t.quiet
	}
	return t.touched.Add(wait), wait > 0
}

// tells reports whether it tells of a quiet peer.
func (t *timer) tells() bool { return t.name == sdk.TimerOfIdle && t.quiet > 0 && !t.hushed }

// set has it fire then, or before that.
func (t *timer) set() {
	at, ok := t.due()
	if !ok || t.runs && !at.Before(t.at) {
		return
	}
	t.runs, t.at = true, at
	if d := time.Until(at); t.t == nil {
		t.t = time.AfterFunc(d, t.ring)
	} else {
		t.t.Reset(d)
	}
}

func (t *timer) stop() {
	if t.t != nil {
		t.t.Stop()
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
		if t.hushed {
			t.hushed = false
			t.set()
		}
	}
}

// expired tells what it means that the timer fired, and sets it again where it did not run out.
func (t *timer) expired() (sdk.Timer, ending) {
	t.runs = false
	passed, what := time.Since(t.touched), tooEarly
	switch {
	case t.wait > 0 && t.wait <= passed:
		t.wait, t.hushed = 0, true
		return t.name, ranOut
	case t.tells() && t.quiet <= passed:
		t.hushed, what = true, wentQuiet
	}
	t.set()
	return "", what
}
