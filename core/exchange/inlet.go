package exchange

import (
	"slices"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Inlet brings a file that the peer sends to a stream.Receiver and tells the loop what the disk says. It belongs to the
// exchange's owner.
type Inlet struct {
	x        *Exchange
	receiver *stream.Receiver
	behind   bool // the disk is
}

// DiskNews is the notice of a receiver's signal.
type DiskNews struct {
	stream.Signal
	inlet *Inlet
}

// Of reports whether the news are for i.
func (n DiskNews) Of(i *Inlet) bool { return n.inlet == i && i != nil }

// NewInlet begins to tell of a receiver's signals.
func (x *Exchange) NewInlet(r *stream.Receiver) *Inlet {
	if x.disk == nil {
		x.disk = make(chan struct{}, 1)
	}
	i := &Inlet{x: x, receiver: r}
	x.inlets = append(x.inlets, i)
	r.Notify(func() { x.wake(x.disk) })
	return i
}

// diskNews takes a signal of an inlet, and sees to it that those behind it are found too.
func (x *Exchange) diskNews() (news DiskNews, ok bool) {
	more := false
	for _, i := range x.inlets {
		if !ok {
			select {
			case s := <-i.receiver.Signals():
				news, ok = DiskNews{s, i}, true
			default:
			}
		}
		more = more || len(i.receiver.Signals()) > 0
	}
	if more {
		x.wake(x.disk)
	}
	return news, ok
}

// Data takes the bytes of a Data event. When the disk is behind it pauses the exchange; Room ends that.
func (i *Inlet) Data(e *sdk.Event) error {
	if err := i.receiver.Data(i.x.reader.current(), e.Bytes, e.RecordEnd); err != nil {
		return err
	}
	i.fit()
	return nil
}

// DataAt does so with data for a place of the file (stream.ReceiverOptions.Scattered). An offset below 0 is where the
// last data ended.
func (i *Inlet) DataAt(e *sdk.Event) error {
	at := e.At
	if at < 0 {
		at = i.receiver.Next()
	}
	if err := i.receiver.DataAt(i.x.reader.current(), e.Bytes, at); err != nil {
		return err
	}
	i.fit()
	return nil
}

// fit pauses the exchange when the disk is behind.
func (i *Inlet) fit() {
	if !i.behind && !i.receiver.Room() {
		i.behind = true
		i.x.behind++
	}
}

// Room lets the exchange read on.
func (i *Inlet) Room() {
	if i.behind {
		i.behind = false
		i.x.behind = max(i.x.behind-1, 0)
	}
}

// The receiver's own.
func (i *Inlet) Sync(e *sdk.Event) error  { return i.receiver.Sync(e.Point, e.State) }
func (i *Inlet) Finish()                  { i.receiver.Finish() }
func (i *Inlet) Alone()                   { i.receiver.Alone() }
func (i *Inlet) Rewind(point int64) error { return i.receiver.Rewind(point) }
func (i *Inlet) Stats() stream.Stats      { return i.receiver.Stats() }
func (i *Inlet) Next() int64              { return i.receiver.Next() }
func (i *Inlet) Point() (int64, error)    { return i.receiver.Point() }
func (i *Inlet) Resize(size int64) error  { return i.receiver.Resize(size) }

// Stop ends a receive early: what can be made durable is, and the last saved mark is returned. It waits for the disk.
func (i *Inlet) Stop() stream.Mark {
	i.leave()
	i.receiver.Stop()
	for s := range i.receiver.Signals() {
		if s.Kind == stream.Stopped {
			break
		}
	}
	return i.receiver.Saved()
}

// Close ends the goroutines. The writer stays open.
func (i *Inlet) Close() {
	i.leave()
	i.receiver.Close()
	i.Room()
}

// leave has the loop look at the receiver's signals no more.
func (i *Inlet) leave() {
	x := i.x
	x.inlets = slices.DeleteFunc(x.inlets, func(other *Inlet) bool { return other == i })
}
