package sqlite

import (
	"context"
	"slices"
	"sync"

	"github.com/postern/postern/core/catalog"
)

// baton is what the one goroutine has that may use a writer. Who finds it taken
// leaves its call with whoever has it, and waits once, for the answer.
type baton struct {
	mu    sync.Mutex
	taken bool
	gone  bool   // nobody gets it any more
	left  []*job // with whoever has it, the oldest first
}

// take gives the caller the baton, or leaves its call with whoever has it.
func (b *baton) take(j *job) (mine bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.gone:
		return false, catalog.ErrClosed
	case !b.taken:
		b.taken = true
		return true, nil
	}
	j.turns = newTurns()
	b.left = append(b.left, j)
	return false, nil
}

// next is the oldest call that was left. nil: there is none, and when giving the
// baton is given back.
func (b *baton) next(giving bool) *job {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.left) == 0 {
		b.taken = b.taken && !giving
		return nil
	}
	j := b.left[0]
	b.left = slices.Delete(b.left, 0, 1)
	return j
}

// give gives the baton back, to whoever has waited longest.
func (b *baton) give() {
	if j := b.next(true); j != nil {
		j.turns <- leads
	}
}

// withdraw takes a call back, unless it is being run.
func (b *baton) withdraw(j *job) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.left, j)
	if i < 0 {
		return false
	}
	b.left = slices.Delete(b.left, i, i+1)
	return true
}

// close keeps the baton for ever.
func (b *baton) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = true
	for _, j := range b.left {
		j.err = catalog.ErrClosed
		j.turns <- answered
	}
	b.left = nil
}

// turn is what a caller that waits is told.
type turn int

const (
	answered turn = iota
	leads         // it has the baton, and its call was not run
	flushes       // it makes the commit of the group that it waits with
)

// newTurns has room for all that one is told which has not been looked at.
func newTurns() chan turn { return make(chan turn, 2) }

// await is the next turn of a caller. An error: it gave up, and its call is not run.
func (w *writer) await(ctx context.Context, j *job) (turn, error) {
	select {
	case t := <-j.turns:
		return t, nil
	case <-ctx.Done():
	}
	if w.baton.withdraw(j) {
		return answered, ctx.Err()
	}
	return <-j.turns, nil
}
