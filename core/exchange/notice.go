package exchange

import "sync"

// Notice is what another goroutine has to tell: the disk is done, an operator commands.
type Notice any

// Tell hands a notice to the exchange's owner, who finds it in Next. It never waits, however busy the owner is: it is for the
// few notices of people and of work beside the loop, not for the flow of data.
func (x *Exchange) Tell(n Notice) {
	x.told.add(n)
	x.rouse()
}

// Discard hands every notice that nobody will find in Next any more to f.
func (x *Exchange) Discard(f func(Notice)) {
	for _, n := range x.unheard {
		f(n)
	}
	x.unheard = nil
	for n, ok := x.told.next(); ok; n, ok = x.told.next() {
		f(n)
	}
}

// told is a list of notices that never makes its writers wait.
type told struct {
	mu   sync.Mutex
	list []Notice
	wake chan struct{}
}

func (t *told) add(n Notice) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, n)
	t.signal()
}

// next takes the oldest notice and sees to it that those behind it are found too.
func (t *told) next() (Notice, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) == 0 {
		return nil, false
	}
	n := t.list[0]
	t.list = t.list[1:]
	if len(t.list) > 0 {
		t.signal()
	}
	return n, true
}

func (t *told) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
