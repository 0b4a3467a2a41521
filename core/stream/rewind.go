package stream

import "fmt"

// rewind goes back to the highest known point that is not above the one given. It runs on the writer's goroutine.
func (r *Receiver) rewind(point int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = true
	defer func() {
		r.held = false
		r.due.Signal()
	}()
	for r.syncing && !r.closed {
		r.work.Wait()
	}
	if r.closed || r.err != nil {
		return nil
	}
	to := r.backTo(point)
	// The catalog must never name a point beyond the file's end: it goes back first.
	if r.saved.Point > to.Point {
		to.Backend = r.backend
		if err := r.save(to); err != nil {
			return err
		}
	}
	r.mu.Unlock()
	err := r.truncate(to.File)
	r.mu.Lock()
	if err != nil {
		return fmt.Errorf("drop what lies beyond sync point %d: %w", to.Point, err)
	}
	dig, err := newDigests(to.Position, r.o.Digest, false)
	if err != nil {
		return fmt.Errorf("go back to sync point %d: %w", to.Point, err)
	}
	r.pos, r.dig = to.Position, dig
	r.pos.Digest = nil
	r.box.post(Signal{Kind: Rewound, Mark: to})
	return nil
}

// backTo forgets the marks beyond point and returns where the file is to end: at the highest of those left, at From, or
// at the beginning. The caller holds mu.
func (r *Receiver) backTo(point int64) Mark {
	n := len(r.marks)
	for n > 0 && r.marks[n-1].Point > point {
		n--
	}
	clear(r.marks[n:])
	r.marks = r.marks[:n]
	r.acked = min(r.acked, n)
	r.finished = false
	r.fresh = r.fresh && r.acked < n
	switch {
	case n > 0:
		return r.marks[n-1]
	case r.o.From.Point <= point:
		return r.o.From
	}
	return Mark{}
}
