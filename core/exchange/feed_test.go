package exchange

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// atHand is a file of zeros that is in memory up to a byte.
type atHand struct {
	endless
	upto int64
	nows int
}

func (a *atHand) ReadvNow(bufs [][]byte, off int64) (n int, err error) {
	a.nows++
	for _, b := range bufs {
		n += len(b)
	}
	return int(max(min(int64(n), a.upto-off), 0)), nil
}

// taker is a socket that takes everything at once.
type taker struct {
	net.Conn
	w *writer
}

func (c taker) Write(f func(uintptr) bool) error { f(0); return nil }
func (c taker) Read(func(uintptr) bool) error    { return nil }
func (c taker) Control(func(uintptr)) error      { return nil }
func (c taker) try(uintptr) (done bool)          { c.w.now.job = nil; return true }

// feeding is an exchange that sends a file to a socket that takes everything.
func feeding(t *testing.T, file sdk.Reader, play func(k *talk, o *Outlet)) {
	talking(t, Options{}, func(k *talk) {
		c := taker{w: &k.x.writer}
		k.x.writer.now.raw, k.x.writer.now.attempt = c, c.try
		o, err := k.x.NewOutlet(1, stream.Mark{}, func(gap, max int) (*stream.Sender, error) {
			return stream.NewSender(stream.SenderOptions{Reader: file, Gap: gap, Max: max, Pool: k.pool})
		}, Points{Save: func(stream.Mark, []stream.Mark) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		play(k, o)
	})
}

// step takes what happens; it is false when that is not of the file.
func (k *talk) step(o *Outlet) (Occurrence, bool) {
	k.Helper()
	n := k.x.Next(context.Background())
	if p, ok := n.Notice.(Piece); ok {
		o.Take(p)
	} else if n.What != Drained {
		return n, false
	}
	if err := o.Pump(); err != nil {
		k.Fatal(err)
	}
	return n, true
}

func TestPeersAndOperatorsAreHeardWhileASocketTakesAWholeFileAtOnce(t *testing.T) {
	file := &atHand{endless: endless{}, upto: 1 << 60}
	feeding(t, file, func(k *talk, o *Outlet) {
		for range 100 {
			if n, ok := k.step(o); !ok {
				t.Fatalf("occurrence %d", n.What)
			}
		}
		k.x.Tell("halt")
		n, ok := k.step(o)
		if n.What == Drained {
			n, ok = k.step(o)
		}
		if ok || n.Notice != "halt" {
			t.Errorf("occurrence %d, want what was told", n.What)
		}
		k.sends("stop\n")
		heard := false
		for range 1 << 20 {
			if n, ok := k.step(o); !ok {
				heard = n.What == Heard
				break
			}
			runtime.Gosched()
		}
		if !heard {
			t.Error("the peer is not heard")
		}
	})
}

func TestAFileIsReadAheadFromWhereItIsNotInMemory(t *testing.T) {
	file := &atHand{endless: endless{}, upto: 1 << 20}
	feeding(t, file, func(k *talk, o *Outlet) {
		for o.Position().Wire < 8<<20 {
			if n, ok := k.step(o); !ok {
				t.Fatalf("occurrence %d", n.What)
			}
		}
		if file.nows < 2 || file.nows > 6 {
			t.Errorf("%d times was the file asked what is in memory: once more than there was something", file.nows)
		}
	})
}
