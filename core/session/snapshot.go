package session

import (
	"sync/atomic"

	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
)

// Snapshot is one state of the configuration; nothing in it changes. One that [Current] gave out counts its users: its
// exits and backends stay open until the last of them has let go.
type Snapshot struct {
	Flows    map[string]*Flow
	Backends map[string]sdk.Backend
	Chain    *chain.Set
	// Notify says that somebody waits for the ends of transfers: each is queued as an event for the done exits.
	Notify bool
	// Enabled tells an operator's decision about a partner, which wins over the configuration; nil pointer: none.
	Enabled func(partner string) *bool

	users atomic.Int64 // Current is one of them as long as it is the snapshot of now; 0: over, or nobody counts
	last  func()       // nil: nobody counts
}

// Flow is a flow with its path template parsed.
type Flow struct {
	sdk.Flow
	Template *naming.Template
}

// Current is the snapshot of now, replaced while others use it. Its zero value has none. All methods may be called from
// many goroutines.
type Current struct{ now atomic.Pointer[Snapshot] }

// Swap puts next in the place of the snapshot of now; nil: there is none from now on. last is called once, by whoever
// lets go of next last, after next was itself replaced: it must not block. A snapshot is put here once in its life.
func (c *Current) Swap(next *Snapshot, last func()) {
	if next != nil {
		next.last = last
		next.users.Store(1)
	}
	c.now.Swap(next).Release()
}

// Take gives the snapshot of now for the caller to use until its Release; nil when there is none.
func (c *Current) Take() *Snapshot {
	for {
		n := c.now.Load()
		if n == nil || n.take() {
			return n
		}
		// it was replaced and let go between the two: now there is another
	}
}

// take adds a user unless the last one has gone.
func (n *Snapshot) take() bool {
	for {
		users := n.users.Load()
		if users == 0 {
			return false
		}
		if n.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

// again adds a user beside one that holds it.
func (n *Snapshot) again() *Snapshot {
	if n.last != nil {
		n.users.Add(1)
	}
	return n
}

// Release lets go of a snapshot, once for each Take. For nil, and for a snapshot that was never in a Current, it does
// nothing.
func (n *Snapshot) Release() {
	if n == nil || n.last == nil {
		return
	}
	switch left := n.users.Add(-1); {
	case left == 0:
		n.last()
	case left < 0:
		panic("session: a snapshot was released more often than it was taken")
	}
}

// backend finds a backend by name; the empty name means the only one.
func (n *Snapshot) backend(name string) (sdk.Backend, string, bool) {
	if name != "" {
		b, ok := n.Backends[name]
		return b, name, ok
	}
	if len(n.Backends) == 1 {
		for k, b := range n.Backends {
			return b, k, true
		}
	}
	return nil, "", false
}
