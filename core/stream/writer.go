package stream

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// write is the writer's goroutine: it writes what is queued, several batches with one call where they are short. It ends with
// the file, so that Close does not wait for it; what comes all the same has another one.
func (r *Receiver) write() {
	if r.o.Resumed && !r.cut {
		r.cut = true
		if err := r.truncate(r.o.From.File); err != nil {
			r.fail(fmt.Errorf("drop what lies beyond byte %d: %w", r.o.From.File, err), true)
		}
	}
	var taken []*batch
	for whole := false; ; {
		taken = r.take(taken[:0], whole)
		if len(taken) == 0 {
			return
		}
		whole = taken[len(taken)-1].op == opFinish
		r.process(taken)
	}
}

// process writes batches and does what the last of them asks for.
func (r *Receiver) process(taken []*batch) {
	if !r.failed.Load() {
		if err := r.store(taken); err != nil {
			r.fail(err, false)
		}
	}
	if err := r.after(taken[len(taken)-1]); err != nil {
		r.fail(err, true)
	}
	r.recycle(taken)
}

// take waits for batches and returns those that one write takes; the last may bear an op. None: the receiver is closed, or
// has the whole file.
func (r *Receiver) take(into []*batch, whole bool) []*batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) == 0 && !r.closed && !whole {
		r.work.Wait()
	}
	if r.closed || len(r.queue) == 0 {
		r.writes = false
		return nil
	}
	bytes, n := 0, 0
	for _, b := range r.queue {
		if n > 0 && (bytes+b.bytes > BufferSize || b.jump) {
			break
		}
		n++
		bytes += b.bytes
		if b.op != opNone {
			break
		}
	}
	into = append(into, r.queue[:n]...)
	left := copy(r.queue, r.queue[n:])
	clear(r.queue[left:])
	r.queue = r.queue[:left]
	return into
}

// store writes the batches' bytes, then hashes them and notes their points.
func (r *Receiver) store(taken []*batch) (err error) {
	defer r.o.Bug.Caught(&err)
	if r.scattered != nil && r.out == nil {
		return r.scatter(taken)
	}
	if r.out == nil {
		r.vec = r.vec[:0] // a copy: the backend may consume the list, the digest needs it
		for _, b := range taken {
			r.vec = append(r.vec, b.bufs...)
		}
		if err := r.writeAt(r.vec, r.pos.File); err != nil {
			return err
		}
	}
	for _, b := range taken {
		if err := r.account(b); err != nil {
			return err
		}
	}
	return nil
}

// writeAt writes bufs at off if the limit allows.
func (r *Receiver) writeAt(bufs [][]byte, off int64) error {
	var size int64
	for _, b := range bufs {
		size += int64(len(b))
	}
	if size == 0 {
		return nil
	}
	if r.o.MaxSize > 0 && off+size > r.o.MaxSize {
		return r.tooLong()
	}
	if err := r.o.Writer.WriteAt(bufs, off); err != nil {
		return fmt.Errorf("write %d bytes at %d: %w", size, off, err)
	}
	r.mu.Lock()
	r.stats.Writes++
	r.mu.Unlock()
	return nil
}

func (r *Receiver) tooLong() error {
	return sdk.Refuse(sdk.FileSize, "the file is longer than %d bytes", r.o.MaxSize)
}

// account advances the position over a batch, point by point.
func (r *Receiver) account(b *batch) error {
	from, start := 0, r.pos
	for _, p := range b.points {
		if err := r.digest(b.bufs[from:p.at]); err != nil {
			return err
		}
		from = p.at
		if err := r.filterPoint(); err != nil {
			return err
		}
		r.pos.Wire, r.pos.Records = start.Wire+p.wire, start.Records+p.records
		if err := r.note(p); err != nil {
			return err
		}
	}
	if err := r.digest(b.bufs[from:]); err != nil {
		return err
	}
	r.pos.Wire, r.pos.Records = start.Wire+b.wire, start.Records+b.records
	return nil
}

// filterPoint has the filters catch up with a sync point.
func (r *Receiver) filterPoint() (err error) {
	if r.out != nil {
		r.pos.Filter, err = r.out.point()
	}
	return err
}

// digest takes stored bytes, or what the filters make of them.
func (r *Receiver) digest(bufs [][]byte) error {
	for _, b := range bufs {
		if r.out != nil {
			if err := r.out.take(b); err != nil {
				return err
			}
			continue
		}
		if r.dig.file != nil {
			r.dig.file.Write(b)
		}
		r.pos.File += int64(len(b))
	}
	return nil
}

// note keeps the point reached as a mark and wakes the syncer, or signals it where nothing has to be durable.
func (r *Receiver) note(p pointAt) error {
	m := Mark{Position: r.pos, State: p.state}
	m.Point = p.point
	var err error
	if m.Digest, err = r.digested(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.marks) >= maxMarks {
		r.marks = append(r.marks[:0], r.marks[1:]...)
		r.acked, r.upto = max(r.acked-1, 0), max(r.upto-1, 0)
	}
	r.marks = append(r.marks, m)
	if w, ok := r.o.Writer.(sdk.PointWriter); ok {
		w.Point(m.File)
	}
	if old := len(r.marks) - 1 - keptStates; old >= 0 && r.out != nil {
		r.marks[old].Filter = Stuck()
	}
	if r.o.Durability == sdk.DurabilitySync {
		r.fresh = true
		r.wakeSyncer()
		return nil
	}
	r.acked = len(r.marks)
	r.forget()
	r.box.post(Signal{Kind: Durable, Mark: m})
	return nil
}

// forget drops the oldest acknowledged marks. The caller holds mu.
func (r *Receiver) forget() {
	if over := r.acked - keptMarks; over > 0 {
		n := copy(r.marks, r.marks[over:])
		clear(r.marks[n:])
		r.marks = r.marks[:n]
		r.acked -= over
	}
}

// after does what the batch asks for behind its bytes. It fails with a bug alone.
func (r *Receiver) after(b *batch) (err error) {
	defer r.o.Bug.Caught(&err)
	switch b.op {
	case opFinish:
		if err := r.finish(); err != nil {
			r.fail(err, false)
		}
	case opRewind:
		if err := r.rewind(b.target); err != nil {
			r.fail(err, true)
		}
	case opResize:
		if err := r.resize(b.target); err != nil && !r.failed.Load() {
			r.fail(err, true)
		}
	case opStop:
		r.mu.Lock()
		r.stopping = true
		r.wakeSyncer()
		r.mu.Unlock()
	}
	return nil
}

// truncate has the file end at a byte.
func (r *Receiver) truncate(off int64) (err error) {
	defer r.o.Bug.Caught(&err)
	return r.o.Writer.Truncate(off)
}

// finish ends the filters. Finished follows Durable: where there is a syncer, it signals both.
func (r *Receiver) finish() error {
	if r.failed.Load() {
		return nil
	}
	if r.out != nil {
		if err := r.out.finish(); err != nil {
			return err
		}
	} else if r.scattered != nil {
		if err := r.whole(); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished = true
	r.totals = Totals{File: r.pos.File, Wire: r.pos.Wire, Records: r.pos.Records, SHA256: sumOf(r.dig.file),
		WireSHA256: sumOf(r.dig.wire)}
	if !r.syncs {
		return r.flushPoints()
	}
	r.due.Signal()
	return nil
}

// recycle gives the batches' buffers back and tells the loop when there is room again.
func (r *Receiver) recycle(taken []*batch) {
	bytes := 0
	for _, b := range taken {
		bytes += b.bytes
		b.reset()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, taken...)
	r.flight -= bytes
	if r.roomAt >= 0 && r.flight <= r.roomAt {
		r.roomAt = -1
		r.box.post(Signal{Kind: Room})
	}
}

// fail notes the first failure and tells of it. broken says that nothing can be made durable any more.
func (r *Receiver) fail(err error, broken bool) {
	if sdk.CodeOf(err) == "" {
		err = sdk.Refuse(sdk.DataIO, "the file cannot be stored").Because(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = r.broken || broken
	if r.err != nil {
		return
	}
	r.err = err
	r.failed.Store(true)
	r.box.post(Signal{Kind: Failed, Err: err})
	if r.roomAt >= 0 {
		r.roomAt = -1
		r.box.post(Signal{Kind: Room})
	}
}
