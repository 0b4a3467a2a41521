package exchange

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// sink is a connection that takes everything and says nothing.
type sink struct {
	net.Conn
	closed chan struct{}
}

func (s sink) Write(b []byte) (int, error) { return len(b), nil }
func (s sink) Read([]byte) (int, error)    { <-s.closed; return 0, io.EOF }
func (s sink) Close() error                { close(s.closed); return nil }

// endless is a file of zeros.
type endless struct{}

func (endless) ReadAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (endless) Info() sdk.FileInfo                    { return sdk.FileInfo{Size: 1 << 50} }
func (endless) Close() error                          { return nil }

// TestSendingAllocatesNothingPerFrame counts a whole file's way out, chunks of 512 KiB with 512 frames each. A chunk may
// cost a notice and no more.
func TestSendingAllocatesNothingPerFrame(t *testing.T) {
	pool := stream.NewPool(8)
	x := New(sink{closed: make(chan struct{})}, &fake{}, Options{Pool: pool})
	defer x.Close()
	open := func(gap, max int) (*stream.Sender, error) {
		return stream.NewSender(stream.SenderOptions{Reader: endless{}, Gap: gap, Max: max, Pool: pool})
	}
	o, err := x.NewOutlet(1, stream.Mark{}, open, Points{Save: func(stream.Mark, []stream.Mark) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	chunk := func() {
		for taken := false; !taken; {
			if n := x.Next(context.Background()); n.What == Noticed {
				o.Take(n.Notice.(Piece))
				taken = true
			}
			if err := o.Pump(); err != nil {
				t.Fatal(err)
			}
		}
	}
	best := 100.0
	for range 20 {
		best = min(best, testing.AllocsPerRun(20, chunk))
	}
	if best > 2 {
		t.Errorf("%v allocations for a chunk", best)
	}
}
