package exchange

import "context"

// wait blocks until something changes, or says that the caller may rest; ok is false when the change is none of the
// caller's business. Each of its sources rouses an exchange that rests, or keeps it from resting (rests).
func (x *Exchange) wait(ctx context.Context) (Occurrence, bool) {
	if x.gone != nil && (x.deaf || !x.Paused() || !x.fresh) {
		return Occurrence{What: Gone, Err: x.gone}, true
	}
	if !x.news(ctx) {
		if x.reads() {
			x.reader.ask()
		}
		if x.rests(ctx) {
			return Occurrence{What: Resting}, true
		}
		x.listen()
	}
	x.writer.hand()
	select {
	case r := <-x.reader.got:
		x.received(r)
		return Occurrence{}, false
	case err := <-x.writer.done:
		x.written(err)
		return Occurrence{What: Drained}, x.gone == nil && x.Ready()
	case <-x.disk:
		n, ok := x.diskNews()
		return Occurrence{What: Noticed, Notice: n}, ok
	case c := <-x.chunks:
		x.chunks = nil
		return Occurrence{What: Noticed, Notice: Piece{x.feed, c, x.feed.round}}, true
	case <-x.parts:
		return Occurrence{What: Drained}, x.gone == nil && x.Ready()
	case <-x.told.wake:
		n, ok := x.told.next()
		return Occurrence{What: Noticed, Notice: n}, ok
	case <-x.timer.rang:
		switch t, end := x.timer.expired(); end {
		case ranOut:
			return Occurrence{What: Expired, Timer: t}, true
		case wentQuiet:
			x.shed()
		}
		return Occurrence{}, false
	case <-x.in.over():
		x.in.held = false
		x.timer.putOff() // the peer waited for us
		return Occurrence{}, false
	case <-x.out.over():
		x.out.held = false
		x.timer.putOff()
		return Occurrence{What: Drained}, x.Ready()
	case <-ctx.Done():
		return Occurrence{What: Cancelled, Err: context.Cause(ctx)}, true
	}
}

// listen sees to it that the peer is read while the owner does something else.
func (x *Exchange) listen() {
	if !x.reads() {
		return
	}
	x.reader.ask()
	if room := x.reader.task(); room != nil {
		go x.readBeside(room)
	}
}

// Told is Next for a connection that is over: it waits for what the disk says of files whose end was heard. ok is false
// when the change is none of the caller's business; Cancelled comes when ctx ends.
func (x *Exchange) Told(ctx context.Context) (o Occurrence, ok bool) {
	select {
	case <-x.parts:
		return Occurrence{What: Drained}, true
	case <-x.disk:
		n, ok := x.diskNews()
		return Occurrence{What: Noticed, Notice: n}, ok
	case <-x.told.wake:
		n, ok := x.told.next()
		return Occurrence{What: Noticed, Notice: n}, ok
	case <-ctx.Done():
		return Occurrence{What: Cancelled, Err: context.Cause(ctx)}, true
	}
}
