package exchange

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// sockets are the two ends of a connection over loopback.
func sockets(t *testing.T) (near, peer net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if peer, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, peer
}

// socket is an exchange over loopback, and the peer's end.
func socket(t *testing.T) (*Exchange, net.Conn) {
	t.Helper()
	near, peer := sockets(t)
	x := New(near, &fake{}, Options{Pool: stream.NewPool(4)})
	t.Cleanup(func() { x.Close(); peer.Close() })
	return x, peer
}

func TestAShortAnswerNeedsNoOtherGoroutine(t *testing.T) {
	x, peer := socket(t)
	for range 3 {
		if _, err := x.Say(sdk.Message{Kind: sdk.KindGrant}); err != nil {
			t.Fatal(err)
		}
		if o := x.Next(context.Background()); o.What != Drained {
			t.Fatalf("occurrence %d", o.What)
		}
		if _, err := io.ReadFull(peer, make([]byte, len("[Grant]"))); err != nil {
			t.Fatal(err)
		}
	}
	if x.writer.now.raw != nil && x.writer.jobs != nil {
		t.Error("a goroutine was started to write")
	}
}

func TestWhatASocketDoesNotTakeAtOnceFollowsInItsOrder(t *testing.T) {
	x, peer := socket(t)
	const chunks, size = 200, 128 << 10
	var want, got bytes.Buffer
	full, read := make(chan struct{}), make(chan error, 1)
	go func() {
		<-full // until then the peer takes nothing
		_, err := io.Copy(&got, peer)
		read <- err
	}()
	said, released := 0, 0
	for waits := false; released < chunks; {
		for said < chunks && x.Ready() {
			b := bytes.Repeat([]byte{byte(said)}, size)
			b[0] = '#'
			want.Write(b)
			if _, err := x.sayFramed(sdk.Message{Kind: sdk.KindData, Bytes: b}, func() { released++ }); err != nil {
				t.Fatal(err)
			}
			if said++; said%7 == 0 {
				if _, err := x.Say(sdk.Message{Kind: sdk.KindSync}); err != nil {
					t.Fatal(err)
				}
				want.WriteString("[Sync]")
			}
		}
		x.writer.flush()
		if !waits && (x.writer.busy || said == chunks) {
			waits = true
			close(full)
		}
		if o := x.Next(context.Background()); o.What != Drained {
			t.Fatalf("occurrence %d: %v", o.What, o.Err)
		}
	}
	x.Close()
	if err := <-read; err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("the peer got %d bytes of %d, or others: %v", got.Len(), want.Len(), err)
	}
	if x.writer.jobs == nil {
		t.Error("nothing had to wait")
	}
}
