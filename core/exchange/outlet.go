package exchange

import (
	"errors"
	"fmt"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Outlet says a file that a stream.Sender reads ahead: data as long as the peer, its window and the output allow, the
// sync points that the dialogue wants, and the end. It belongs to the exchange's owner, who hands it the notices that
// are for it and calls Pump when something may have changed.
type Outlet struct {
	x       *Exchange
	ref     uint32
	sender  *stream.Sender
	saver   *saver
	framed  bool
	unit    int // bytes of a gap and its payload; 0: no gaps
	strict  bool
	fresh   bool // a point was said that may not be saved yet
	blocked bool
	due     bool
	ended   bool
	chunk   *flight
	spare   []*flight
	round   int // grows with each rewind; chunks of an earlier one are dropped
}

// Piece is the notice that a chunk of an outlet's file was read.
type Piece struct {
	outlet *Outlet
	chunk  *stream.Chunk
	round  int
}

// Of reports whether the piece is for o.
func (p Piece) Of(o *Outlet) bool { return p.outlet == o && o != nil }

// Release gives the piece back unused.
func (p Piece) Release() { p.chunk.Release() }

// Points is how the sync points of an outlet are kept.
type Points struct {
	Save SavePoints
	// Strict lets no sync point leave before it is saved: the peer then never knows one that is lost with this process.
	Strict bool
}

// NewOutlet begins to read ahead at from. open makes the sender with the layout the dialogue asks for.
func (x *Exchange) NewOutlet(ref uint32, from stream.Mark, open func(gap, max int) (*stream.Sender, error), p Points) (*Outlet, error) {
	gap, max := x.Frame(ref)
	s, err := open(gap, max)
	if err != nil {
		return nil, err
	}
	o := &Outlet{x: x, ref: ref, sender: s, saver: newSaver(p.Save, from), strict: p.Strict, framed: max > 0}
	if o.framed {
		o.unit = gap + max
	}
	o.forward()
	return o, nil
}

// forward has the loop take the next chunk.
func (o *Outlet) forward() { o.x.feed, o.x.hungry = o, true }

// feeds gives the next chunk of the file that is sent, where it is in memory, else it has wait take it from those that are
// read ahead.
func (x *Exchange) feeds() (p Piece, ok bool) {
	if !x.hungry || x.gone != nil || !x.Ready() {
		return Piece{}, false
	}
	x.hungry = false
	c := x.feed.sender.Now()
	if c == nil {
		x.chunks = x.feed.sender.Chunks()
		return Piece{}, false
	}
	return Piece{x.feed, c, x.feed.round}, true
}

// Take takes a piece that Next brought.
func (o *Outlet) Take(p Piece) {
	if p.round != o.round || o.chunk != nil {
		p.Release()
		return
	}
	o.chunk = o.fly(p.chunk)
}

// Pump says what can be said. It fails when the file cannot be read, the points cannot be saved, or the dialogue cannot
// go on. What it said is written by the next Next, after its points were saved where that is wanted; when they cannot be
// saved, nothing is written any more.
func (o *Outlet) Pump() error {
	err := o.pump()
	if o.strict && o.fresh {
		o.fresh = false
		if unsaved := o.saver.flush(); unsaved != nil {
			o.x.mute(unsaved)
			err = errors.Join(err, unsaved)
		}
	}
	return err
}

func (o *Outlet) pump() error {
	for o.chunk != nil && !o.blocked && o.x.Ready() {
		if o.due {
			if err := o.point(); err != nil {
				return err
			}
			continue
		}
		if o.chunk.Err != nil {
			return o.chunk.Err
		}
		b, recordEnd, ok := o.chunk.Next()
		if !ok {
			if err := o.next(); err != nil {
				return err
			}
			continue
		}
		if progress, err := o.piece(b, recordEnd); err != nil || !progress {
			return err
		}
	}
	return nil
}

// piece says some of the chunk; progress is false when the dialogue took nothing.
func (o *Outlet) piece(b []byte, recordEnd bool) (progress bool, err error) {
	if n := o.share(len(b)); n < len(b) {
		b, recordEnd = b[:n], false
	}
	m := sdk.Message{Kind: sdk.KindData, Ref: o.ref, At: -1, Bytes: b, RecordEnd: recordEnd}
	var said sdk.Said
	if o.framed {
		o.chunk.hold()
		if said, err = o.x.sayFramed(m, o.chunk.written); said.Used == 0 {
			o.chunk.release()
		}
	} else {
		said, err = o.x.Say(m)
	}
	if err != nil {
		return false, err
	}
	if said.Used > 0 || len(b) == 0 && said.Next == sdk.Continue {
		if err := o.sender.Taken(o.chunk.Chunk, said.Used); err != nil {
			return false, err
		}
		progress = true
		o.x.out.passed(said.Used)
	}
	o.blocked, o.due = said.Next == sdk.Blocked, said.Next == sdk.PointDue
	return progress || o.due, nil
}

// share is how many of n bytes are said at once where a meter holds them: whole payloads, at least one.
func (o *Outlet) share(n int) int {
	most := o.x.out.most
	if most == 0 || n <= most {
		return n
	}
	if o.unit > 0 {
		most = max(most/o.unit, 1) * o.unit
	}
	return min(most, n)
}

// point says a sync point behind everything said so far.
func (o *Outlet) point() error {
	o.due = false
	said, err := o.x.Say(sdk.Message{Kind: sdk.KindSync, Ref: o.ref})
	if err != nil {
		return err
	}
	if err := o.sender.Mark(said.Point, said.State); err != nil {
		return fmt.Errorf("mark sync point %d: %w", said.Point, err)
	}
	o.blocked, o.fresh = said.Next == sdk.Blocked, true
	m, ok := o.sender.At(said.Point)
	if !ok {
		return fmt.Errorf("sync point %d is not known after it was said", said.Point)
	}
	return o.saver.said(m)
}

// next gives a chunk back that was said whole and lets another one come; after the last one the data ends.
func (o *Outlet) next() error {
	last := o.chunk.Last
	o.chunk.release()
	o.chunk = nil
	if !last {
		o.forward()
		return nil
	}
	o.ended = true
	_, err := o.x.Say(sdk.Message{Kind: sdk.KindEnd, Ref: o.ref})
	return err
}

// Reading reports whether the peer waits for bytes that are still being read.
func (o *Outlet) Reading() bool { return o.chunk == nil && !o.blocked && !o.ended }

// Ended reports whether the end was said.
func (o *Outlet) Ended() bool { return o.ended }

// Acked says that the peer acknowledged all points up to this one; it has them saved. ok is false when nothing new was
// acknowledged. The error is that of an earlier save.
func (o *Outlet) Acked(point int64) (m stream.Mark, ok bool, err error) {
	o.blocked = false
	if m, ok = o.sender.Acked(point); ok {
		err = o.saver.acked(m)
	}
	return m, ok, err
}

// At returns the mark of a point that Rewind may go to.
func (o *Outlet) At(point int64) (stream.Mark, bool) { return o.sender.At(point) }

// Totals are what was sent, once the end was said.
func (o *Outlet) Totals() stream.Totals { return o.sender.Totals() }

// Position is where the peer's copy ends when it has everything that was said.
func (o *Outlet) Position() stream.Position { return o.sender.Position() }

// Rewind goes back to a mark; the caller then says Rewound, and Pump goes on from there.
func (o *Outlet) Rewind(m stream.Mark) error {
	o.stop()
	if err := o.sender.Rewind(m); err != nil {
		return err
	}
	o.round++
	o.blocked, o.due, o.ended = false, false, false
	o.forward()
	return o.saver.rewound(m)
}

func (o *Outlet) stop() {
	if o.x.feed == o {
		o.x.feed, o.x.chunks, o.x.hungry = nil, nil, false
	}
	if o.chunk != nil {
		o.chunk.release()
		o.chunk = nil
	}
}

// Close ends the reading and waits for it and for the last save. The reader stays open.
func (o *Outlet) Close() {
	o.stop()
	o.sender.Close()
	o.saver.close()
}
