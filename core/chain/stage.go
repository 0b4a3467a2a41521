package chain

import (
	"cmp"
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
// goroutine of its own, so that a late one can be left with the memory it knows, and so that it works on one block while
// the next is gathered, if it lends memory for two.
type stage struct {
	worker
	next     *stage // nil: the last one
	decision Decision
	refusal  *sdk.Refusal

	buf   []byte // where its next block is gathered: lent, or made for it; none while it has no memory for one
	spare []byte // lent for the block behind that one
	made  bool   // buf was made for it
	n     int    // bytes of the block that are there
	busy  bool   // it is at work on a block
	size  int    // bytes of that block
	rest  []byte // what it gave and nobody took yet
	more  bool   // it has more to give of the block that it has
	end   bool   // it wants nothing more
	done  bool   // it was given its last block
	owes  int64  // bytes of the block that did not come out

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
		st.lent(got)
	}
	return err
}

// lent takes the memory for the next blocks. A block that is being gathered stays where it is.
func (st *stage) lent(got reply) {
	st.spare = got.spare[:min(len(got.spare), maxBlock)]
	if st.n > 0 {
		return
	}
	full := st.made && st.size == len(st.buf) && st.size < goodBlock
	switch {
	case len(got.room) > 0:
		st.buf, st.made = got.room[:min(len(got.room), maxBlock)], false
	case !st.made:
		st.buf, st.made = make([]byte, firstBlock), true
	case full:
		st.buf = make([]byte, min(4*len(st.buf), goodBlock))
	}
}

// room is where the bytes of the next block go. There is none while the block is full, while what came out waits to be
// taken, for it may lie there, and while the filter is at work and has lent memory for one block alone.
func (st *stage) room() []byte {
	if len(st.rest) > 0 || st.more || st.busy && st.made {
		return nil
	}
	if st.busy && len(st.buf) == 0 {
		st.buf, st.spare = st.spare, nil
	}
	return st.buf[st.n:]
}

// full says that the next block is.
func (st *stage) full() bool { return len(st.buf) > 0 && st.n == len(st.buf) }

// begin gives the filter its block, or asks it for more of the one that it has.
func (st *stage) begin(last bool) error {
	c := call{do: toFilter, last: last}
	if st.more {
		c.last = st.done
	} else {
		c.bytes = st.buf[:st.n:st.n] // what lies behind is not its
		st.spent = 0
		st.decision.Blocks++
		st.size = st.n
		st.taken += int64(st.n)
		st.owes = int64(st.n)
		st.done = last
		if !st.made {
			st.buf, st.n = nil, 0
		}
	}
	if err := st.worker.begin(c); err != nil {
		return err
	}
	st.busy = true
	return nil
}

// collect waits for what the filter gives.
func (st *stage) collect(ctx context.Context) error {
	before := st.spent
	got, err := st.worker.end(ctx)
	st.busy = false
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
	if st.made {
		st.n = 0
	}
	if st.owes != 0 && !st.traits.ChangesLength && !st.end {
		return fmt.Errorf("%w: %d bytes went in", errLength, st.size)
	}
	st.lent(got)
	return nil
}

// close has the filter closed. What it says of a block that nobody waited for counts too.
func (st *stage) close() error {
	err := st.worker.close()
	if st.busy {
		select {
		case r := <-st.out:
			err = cmp.Or(r.err, err)
		default:
		}
	}
	return err
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
	st.lent(got)
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
		st.lent(got)
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
