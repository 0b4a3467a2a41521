package local

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
)

// ledger keeps what the files may take: the quota as a running count, and the disk's free bytes less what the files
// under way have still announced. A writer's claim is the larger of its announcement and what it has written.
//
// Others take finished files away without telling, so the count can be too high, never too low: before it refuses for
// the quota it counts anew, at most once in recountEvery.
type ledger struct {
	limit, reserve int64
	now            func() time.Time
	sizes          func(each func(path string, size int64)) error

	// moves is held, with a quota, while a file appears, changes its name or goes, so that a count sees it once. No
	// data is written under it.
	moves sync.Mutex

	mu      sync.Mutex
	used    int64             // of files that are closed, and the claims
	open    map[string]*claim // by the temporary file's path
	counted time.Time
}

const recountEvery = time.Minute

type claim struct {
	ledger *ledger
	part   string
	held   atomic.Int64
	high   atomic.Int64 // written: the end of the last byte
}

func newLedger(s Settings, sizes func(func(string, int64)) error) *ledger {
	return &ledger{limit: s.Quota, reserve: s.Reserve, now: s.Now, sizes: sizes, open: map[string]*claim{}}
}

// move runs a change of names so that no count of all files overlaps it.
func (l *ledger) move(change func() error) error {
	if l.limit > 0 {
		l.moves.Lock()
		defer l.moves.Unlock()
	}
	return change()
}

// take opens a claim for a temporary file that shall have size bytes (-1 unknown), while free bytes may be written to
// the disk; present says what the file has already. It refuses with file.space, and with file.busy when the temporary
// file is in use.
func (l *ledger) take(part string, size, free int64, present func() (int64, error)) (c *claim, err error) {
	once := func() error {
		has, err := present()
		if err == nil {
			c, err = l.try(part, has, size, free)
		}
		return err
	}
	err = l.move(once)
	if err == nil || sdk.CodeOf(err) != sdk.FileSpace || !l.stale() {
		return c, err
	}
	if err := l.count(); err != nil {
		return nil, sdk.Refuse(sdk.FileSpace, "the quota's count failed").Because(err)
	}
	err = l.move(once)
	return c, err
}

func (l *ledger) try(part string, present, size, free int64) (*claim, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[part] != nil {
		return nil, sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
	}
	more := max(size, present) - present
	if l.limit > 0 && more > l.limit-l.used {
		return nil, sdk.Refuse(sdk.FileSpace, "%d bytes are wanted, the quota leaves %d", more, max(0, l.limit-l.used))
	}
	outstanding := l.reserve
	for _, c := range l.open {
		outstanding = add(outstanding, max(0, c.held.Load()-c.high.Load()))
	}
	if free < add(outstanding, more) {
		return nil, sdk.Refuse(sdk.FileSpace, "%d bytes are wanted, the disk has %d of which %d are spoken for", more, free,
			outstanding)
	}
	c := &claim{ledger: l, part: part}
	c.high.Store(present)
	c.held.Store(present + more)
	l.used += more
	l.open[part] = c
	return c, nil
}

// grow makes room for bytes up to end, and refuses with data.space.
func (c *claim) grow(end int64) error {
	if end <= c.held.Load() {
		return nil
	}
	l := c.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[c.part] != c {
		return sdk.Refuse(sdk.DataIO, "the temporary file is closed")
	}
	more := end - c.held.Load()
	if l.limit > 0 && more > l.limit-l.used {
		return sdk.Refuse(sdk.DataSpace, "%d more bytes are wanted, the quota leaves %d", more, max(0, l.limit-l.used))
	}
	l.used += more
	c.held.Store(end)
	return nil
}

// settle ends the claim: the file has size bytes, or is gone with 0.
func (c *claim) settle(size int64) {
	l := c.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[c.part] == c {
		delete(l.open, c.part)
		l.used += size - c.held.Load()
	}
}

// give takes bytes off the count: a file of that size is gone.
func (l *ledger) give(size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used -= size
}

// busy reports whether a writer has the temporary file.
func (l *ledger) busy(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open[part] != nil
}

// stale reports whether the count may be taken again, and counts as a yes given.
func (l *ledger) stale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limit <= 0 || l.now().Sub(l.counted) < recountEvery {
		return false
	}
	l.counted = l.now()
	return true
}

// count takes the count anew. Files under way count with their claims.
func (l *ledger) count() error {
	l.moves.Lock()
	defer l.moves.Unlock()
	var closed int64
	err := l.sizes(func(path string, size int64) {
		if !l.busy(path) {
			closed = add(closed, size)
		}
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = closed
	for _, c := range l.open {
		l.used += c.held.Load()
	}
	return nil
}

// add adds what is not negative and stops at the largest number.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
