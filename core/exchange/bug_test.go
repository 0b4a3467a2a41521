package exchange

import (
	"context"
	"net"
	"testing"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// buggy is a connection whose library panics.
type buggy struct {
	net.Conn
	reads, writes bool
}

func (c buggy) Read(b []byte) (int, error) {
	if c.reads {
		panic("a bug in a read")
	}
	return c.Conn.Read(b)
}

func (c buggy) Write(b []byte) (int, error) {
	if c.writes {
		panic("a bug in a write")
	}
	return c.Conn.Write(b)
}

func TestAPanicBelowAConnectionEndsItsExchangeAndNotTheProcess(t *testing.T) {
	for _, c := range []buggy{{reads: true}, {writes: true}} {
		near, far := net.Pipe()
		c.Conn = near
		x := New(c, &fake{}, Options{Pool: stream.NewPool(4), Opening: []byte("hello")})
		o := x.Next(context.Background())
		if _, ok := sdk.AsBug(o.Err); o.What != Gone || !ok {
			t.Errorf("%+v: occurrence %d, %v", c, o.What, o.Err)
		}
		x.Close()
		far.Close()
	}
}
