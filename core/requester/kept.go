package requester

import (
	"sync"

	"github.com/postern/postern/core/stream"
)

// savePoints keeps the points of a file sent; the exchange calls it beside the stream.
func (t *transfer) savePoints(last stream.Mark, ahead []stream.Mark) error {
	err := t.update(func(x *Context) { x.Last, x.Ahead = pointOf(last), pointsOf(ahead) })
	upto := last.Point
	if n := len(ahead); n > 0 {
		upto = ahead[n-1].Point
	}
	t.kept.set(upto, err)
	return err
}

// keep waits until the points said since the last time are durable in the context. What was said is not written before:
// a server can only ask to go on from a point that is known here, whenever this process dies.
func (t *transfer) keep() {
	for {
		if _, ok := t.outlet.At(t.said + 1); !ok {
			break
		}
		t.said++
	}
	t.kept.wait(t.said)
}

// kept tells how far the points of a file sent are durable.
type kept struct {
	mu   sync.Mutex
	cond sync.Cond
	upto int64
	err  error
}

func newKept(upto int64) *kept {
	k := &kept{upto: upto}
	k.cond.L = &k.mu
	return k
}

func (k *kept) set(upto int64, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.upto, k.err = upto, err
	k.cond.Broadcast()
}

// wait returns when point is durable, or nothing will be any more: the outlet tells that error.
func (k *kept) wait(point int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.upto < point && k.err == nil {
		k.cond.Wait()
	}
}
