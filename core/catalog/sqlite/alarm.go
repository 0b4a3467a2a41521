package sqlite

import "time"

// alarm is the timer of a writer. It is not set again when what it is for comes
// later, or not at all, as long as it fires early enough: to set one that is the
// next of the process wakes the thread that waits for the network, and a small
// file would do so at each of its calls. Whoever hears it looks whether it is
// time, see writer.tend.
type alarm struct {
	t     *time.Timer
	runs  bool      // t fires, or has fired and nobody has looked
	at    time.Time // when
	until time.Time // when there is something to do; zero: there is nothing
}

// newAlarm fires at once.
func newAlarm() alarm {
	now := time.Now()
	return alarm{t: time.NewTimer(0), runs: true, at: now, until: now}
}

// in has it fire after d, or before.
func (a *alarm) in(d time.Duration) {
	a.until = time.Now().Add(d)
	a.set()
}

// off says that there is nothing to do.
func (a *alarm) off() { a.until = time.Time{} }

func (a *alarm) set() {
	if a.until.IsZero() || a.runs && !a.until.Before(a.at) {
		return
	}
	a.runs, a.at = true, a.until
	a.t.Reset(time.Until(a.until))
}

// due says, when it has fired, whether it is time, and sets it again if not.
func (a *alarm) due() bool {
	a.runs = false
	if a.until.IsZero() || time.Now().Before(a.until) {
		a.set()
		return false
	}
	a.off()
	return true
}
