package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

const (
	firstBlock = 16 << 10  // of a filter that lends no memory; four times as long after each one that was full
	goodBlock  = 256 << 10 // until it is that long
	maxBlock   = 1 << 20   // the most of a lent buffer that is used
)

// errLength says that a filter is not what its traits say.
var errLength = errors.New("the filter changed the length of a block, and its traits say that it does not")

// stage is one filter of a transfer with what is on its way into it and out of it. The filter itself is at work in a
// goroutine of its own, so that a late one can be left with the memory it knows.
type stage struct {
	worker
	next     *stage // nil: the last one
	decision Decision
	refusal  *sdk.Refusal

	buf  []byte // where its next block is gathered: lent, or made for it
	made bool   // it was made for it
	n    int    // bytes of the block that are there
	rest []byte // what it gave and nobody took yet
	more bool   // it has more to give of the block that it has
	end  bool   // it wants nothing more
	done bool   // it was given its last block
	owes int64  // bytes of the block that did not come out

	taken, given int64 // bytes in and out, since byte 0
}

func newStage(s *Set, l *link) *stage {
	row, _ := sdk.PointFilter.Row()
	return &stage{worker: worker{set: s, link: l, row: row, traits: l.traits(), began: s.now(),
		in: make(chan call, 1), out: make(chan reply, 1)},
		decision: Decision{Point: sdk.PointFilter, Exit: l.Name, Verdict: sdk.Pass}}
}

// open opens the filter and takes the memory for its first block.
func (st *stage) open(ctx context.Context, q sdk.Question) error {
	got, err := st.start(ctx, q)
	if err == nil {
		st.lent(got.room)
	}
	return err
}

// lent takes the memory for the next block.
func (st *stage) lent(room []byte) {
	full := st.made && st.n == len(st.buf) && st.n < goodBlock
	st.n = 0
	switch {
	case len(room) > 0:
		st.buf, st.made = room[:min(len(room), maxBlock)], false
	case !st.made:
		st.buf, st.made = make([]byte, firstBlock), true
	case full:
		st.buf = make([]byte, min(4*len(st.buf), goodBlock))
	}
}

// block gives the filter its block, or asks it for more of the one that it has.
func (st *stage) block(ctx context.Context, last bool) error {
	c := call{do: toFilter, last: last}
	if st.more {
		c.last = st.done
	} else {
		c.bytes = st.buf[:st.n:st.n] // what lies behind is not its
		st.spent = 0
		st.decision.Blocks++
		st.taken += int64(st.n)
		st.owes = int64(st.n)
		st.done = last
	}
	before := st.spent
	got, err := st.ask(ctx, c)
	st.decision.Duration += st.spent - before
	if err != nil {
		return err
	}
	st.rest, st.more, st.end = got.Bytes, got.More, st.end || got.End
	st.given += int64(len(got.Bytes))
	st.owes -= int64(len(got.Bytes))
	if st.more {
		return nil
	}
	if st.owes != 0 && !st.traits.ChangesLength && !st.end {
		return fmt.Errorf("%w: %d bytes went in", errLength, len(c.bytes))
	}
	st.lent(got.room)
	return nil
}

// snapshot asks for the filter's state. Nothing waits to go in or to come out.
func (st *stage) snapshot(ctx context.Context) ([]byte, error) {
	if !st.stateful {
		return nil, errors.New("it keeps none")
	}
	st.spent = 0
	got, err := st.ask(ctx, call{do: toSnapshot})
	if err != nil {
		return nil, err
	}
	st.lent(got.room)
	if len(got.state) > sdk.MaxFilterState {
		return nil, fmt.Errorf("its state has %d bytes, at most %d are kept", len(got.state), sdk.MaxFilterState)
	}
	return got.state, nil
}

// restore gives the filter the state of an earlier one.
func (st *stage) restore(ctx context.Context, state []byte) error {
	if !st.stateful {
		return errors.New("it keeps none")
	}
	st.spent = 0
	got, err := st.ask(ctx, call{do: toRestore, bytes: state})
	if err == nil {
		st.lent(got.room)
	}
	return err
}

// traits are those of the filters that a link opens.
func (l *link) traits() sdk.FilterTraits {
	if d, ok := l.Filter.(sdk.FilterDescriber); ok {
		return d.FilterTraits()
	}
	return sdk.FilterTraits{ChangesLength: true, State: true}
}
