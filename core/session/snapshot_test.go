package session_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern/postern/core/session"
)

func TestASnapshotIsOverWhenTheLastOfItsUsersLetsGo(t *testing.T) {
	var c session.Current
	over := 0
	first := &session.Snapshot{}
	c.Swap(first, func() { over++ })
	a, b := c.Take(), c.Take()
	if a != first || b != first {
		t.Fatal("it is not the snapshot of now")
	}
	a.Release()
	c.Swap(&session.Snapshot{}, func() { t.Error("the second is in use") })
	if over != 0 {
		t.Fatal("it is over while somebody uses it")
	}
	if next := c.Take(); next == first {
		t.Error("what was replaced is given out")
	} else {
		next.Release()
	}
	b.Release()
	if over != 1 {
		t.Errorf("its end was told %d times", over)
	}
}

func TestASnapshotThatNobodyUsesIsOverWhenItIsReplaced(t *testing.T) {
	var c session.Current
	over := 0
	c.Swap(&session.Snapshot{}, func() { over++ })
	c.Take().Release()
	c.Swap(nil, nil)
	if over != 1 || c.Take() != nil {
		t.Errorf("its end was told %d times", over)
	}
}

func TestASnapshotThatNobodyCountsIsNeverOver(t *testing.T) {
	n := &session.Snapshot{}
	for range 3 {
		n.Release()
	}
	(*session.Snapshot)(nil).Release()
}

func TestLettingGoTwiceIsABug(t *testing.T) {
	var c session.Current
	c.Swap(&session.Snapshot{}, func() {})
	n := c.Take()
	c.Swap(nil, nil)
	n.Release()
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	n.Release()
}

func TestEverySnapshotIsOverOnceAndNeverWhileItIsUsed(t *testing.T) {
	const swaps, users = 2000, 4
	var c session.Current
	over := make([]atomic.Int32, swaps)
	numbers := sync.Map{}
	put := func(i int) {
		n := &session.Snapshot{}
		numbers.Store(n, i)
		c.Swap(n, func() { over[i].Add(1) })
	}
	put(0)
	var running sync.WaitGroup
	stop := make(chan struct{})
	for range users {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := c.Take()
				i, _ := numbers.Load(n)
				if over[i.(int)].Load() != 0 {
					t.Error("a snapshot was over while it was used")
				}
				n.Release()
			}
		})
	}
	for i := 1; i < swaps; i++ {
		put(i)
	}
	close(stop)
	running.Wait()
	c.Swap(nil, nil)
	for i := range over {
		if n := over[i].Load(); n != 1 {
			t.Errorf("snapshot %d was over %d times", i, n)
		}
	}
}
