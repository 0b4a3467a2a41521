package exchange

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// slow is a disk that writes when it is told to.
type slow struct {
	gate    chan struct{}
	written atomic.Int64
}

func (d *slow) WriteAt(bufs [][]byte, _ int64) error {
	<-d.gate
	for _, b := range bufs {
		d.written.Add(int64(len(b)))
	}
	return nil
}
func (d *slow) Sync() (int64, []byte, error)        { return d.written.Load(), nil, nil }
func (d *slow) Truncate(int64) error                { return nil }
func (d *slow) Commit(sdk.OnExists) (string, error) { return "", nil }
func (d *slow) Close() error                        { return nil }
func (d *slow) Discard() error                      { return nil }

// receiving begins to receive a file onto a slow disk.
func (k *talk) receiving() (*Inlet, *slow) {
	k.Helper()
	d := &slow{gate: make(chan struct{})}
	r, err := stream.NewReceiver(stream.ReceiverOptions{Writer: d, Pool: k.pool, Save: func(stream.Mark) error { return nil }})
	if err != nil {
		k.Fatal(err)
	}
	k.x.Receiving(true)
	return k.x.NewInlet(r), d
}

// takes hands on what comes until f says that it is enough.
func (k *talk) takes(i *Inlet, enough func(Occurrence) bool) {
	k.Helper()
	for {
		o := k.x.Next(k.Context())
		if enough(o) {
			return
		}
		switch {
		case o.What == Heard && o.Event.Kind == sdk.KindData:
			if err := i.Data(o.Event); err != nil {
				k.Fatal(err)
			}
		case o.What == Noticed && o.Notice.(DiskNews).Kind == stream.Room:
			i.Room()
		case o.What == Gone:
			k.Fatal(o.Err)
		}
	}
}

func TestAPeerWaitsForASlowDiskAndNothingIsLost(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		const lines, length = 4096, 16 << 10
		i, d := k.receiving()
		var sent atomic.Int64
		k.bg.Go(func() {
			line := []byte(strings.Repeat("x", length) + "\n")
			for range lines {
				n, err := k.peer.Write(line)
				if err != nil {
					return
				}
				sent.Add(int64(n))
			}
		})
		k.x.Arm(sdk.TimerOfMessage, time.Minute)
		k.takes(i, func(o Occurrence) bool { return o.What == Expired })
		if n := sent.Load(); !k.x.Paused() || n > lines*length/2 {
			t.Fatalf("paused: %t, after %d bytes", k.x.Paused(), n)
		}
		close(d.gate)
		k.x.Arm(sdk.TimerOfMessage, time.Minute)
		k.takes(i, func(o Occurrence) bool { return o.What == Expired })
		if n := d.written.Load(); n < (lines-64)*length || n > lines*length {
			t.Errorf("%d of %d bytes were written", n, lines*length)
		}
		if m := i.Stop(); m.Point != 0 {
			t.Errorf("stopped at point %d", m.Point)
		}
		i.Close()
		if k.x.Paused() {
			t.Error("a pause outlived its file")
		}
	})
}

func TestAnInletClosedWhileTheDiskIsBehindLeavesNothing(t *testing.T) {
	talking(t, Options{}, func(k *talk) {
		i, d := k.receiving()
		k.sends(strings.Repeat(strings.Repeat("x", 16<<10)+"\n", 64))
		k.x.Arm(sdk.TimerOfMessage, time.Second)
		k.takes(i, func(o Occurrence) bool { return o.What == Expired })
		time.AfterFunc(time.Minute, func() { close(d.gate) })
		i.Close()
		synctest.Wait()
	})
}
