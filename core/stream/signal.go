package stream

import "sync"

// SignalKind says what a receiver tells the loop.
type SignalKind uint8

const (
	// Durable: every sync point up to Mark.Point may be acknowledged. Only the highest is signalled.
	Durable SignalKind = 1 + iota
	// Room: the loop may read on after Room returned false.
	Room
	// Rewound: the file ends at Mark; what is given from now on (or was since Rewind) follows it.
	Rewound
	// Finished: the file is written whole, its last bytes perhaps not durable: Commit makes them so; Totals.
	Finished
	// Stopped answers Stop, whatever happened before; Mark is the last saved one, zero where there is none.
	Stopped
	// Failed: nothing more is written; Err. Always a refusal: sdk.CodeOf(Err) tells.
	Failed
)

// Signal is what became of what a receiver was given.
type Signal struct {
	Kind   SignalKind
	Mark   Mark
	Totals Totals
	Err    error
}

// mailbox is a channel that nobody has to empty: signals of one kind replace each other, so it never overflows and the
// sender of a signal never waits.
type mailbox struct {
	mu   sync.Mutex
	ch   chan Signal
	wake func()   // nil: nobody is told
	kept []Signal // of withdraw
}

func newMailbox() *mailbox { return &mailbox{ch: make(chan Signal, Failed)} }

// withdrawnBy reports whether going back to a point makes the signal untrue.
func (s Signal) withdrawnBy(point int64) bool {
	return s.Kind == Finished || s.Kind == Durable && s.Mark.Point > point
}

// post puts s behind the signals waiting, in place of an older one of its kind. What a rewind makes untrue is withdrawn.
func (m *mailbox) post(s Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.ch) > 0 {
		m.withdraw(s)
	}
	m.ch <- s
	if m.wake != nil {
		m.wake()
	}
}

// notify has wake called after each signal from now on.
func (m *mailbox) notify(wake func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wake = wake
	if len(m.ch) > 0 {
		wake()
	}
}

// withdraw takes out what s replaces. Nothing waits as a rule, and its frame is more than a young goroutine's stack has room
// for: inlined it would have the stack of each file's syncer copied.
//
//go:noinline
func (m *mailbox) withdraw(s Signal) {
	for range len(m.ch) {
		select {
		case old := <-m.ch:
			if old.Kind != s.Kind && (s.Kind != Rewound || !old.withdrawnBy(s.Mark.Point)) {
				m.kept = append(m.kept, old)
			}
		default: // it was taken meanwhile
		}
	}
	for _, old := range m.kept {
		m.ch <- old
	}
	clear(m.kept)
	m.kept = m.kept[:0]
}
