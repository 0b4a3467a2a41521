package stream

// retract goes back in the catalog before bytes change that its last point counts on: whatever a crash leaves, no point
// lies beyond the file's end, and no digest is one of bytes that were written over. to is where the file is to end at
// most. It runs on the writer's goroutine.
func (r *Receiver) retract(to int64) error {
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
	for i := range r.marks {
		r.marks[i] = r.marks[i].without(to)
	}
	if r.saved.File <= to && r.saved.Digest == nil {
		return nil
	}
	return r.save(r.saved.without(to))
}

// without is the mark of a file that ends earlier, or has other bytes before the mark.
func (m Mark) without(to int64) Mark {
	if m.File > to {
		m.File, m.Wire = to, to
	}
	m.Digest = nil
	return m
}
