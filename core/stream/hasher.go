package stream

import "sync"

// task is one thing for the hasher, in the order of the loop.
type task struct {
	chunk    *Chunk // hash these stored bytes of it, then let it go
	from, to int
	mark     *sent    // its digest is due
	restart  *digests // go on from these
}

// hasher digests what was said, beside the loop.
type hasher struct {
	mu    sync.Mutex
	added sync.Cond // the hasher waits for tasks
	moved sync.Cond // the loop waits for a digest
	tasks []task
	spare []task
	busy  bool
	ended bool
	dig   digests // of the goroutine while busy
}

func newHasher(d digests) *hasher {
	h := &hasher{dig: d}
	h.added.L, h.moved.L = &h.mu, &h.mu
	return h
}

func (h *hasher) add(t task) {
	h.mu.Lock()
	if !h.ended {
		h.tasks = append(h.tasks, t)
		h.added.Signal()
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	if t.chunk != nil {
		t.chunk.unref()
	}
}

// work is the hasher's goroutine.
func (h *hasher) work() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		for len(h.tasks) == 0 && !h.ended {
			h.moved.Broadcast()
			h.added.Wait()
		}
		if h.ended && len(h.tasks) == 0 {
			h.moved.Broadcast()
			return
		}
		tasks, dropped := h.tasks, h.ended
		h.tasks, h.spare = h.spare[:0], nil
		h.busy = true
		h.mu.Unlock()
		for _, t := range tasks {
			h.do(t, dropped)
		}
		h.mu.Lock()
		h.busy = false
		clear(tasks)
		h.spare = tasks[:0]
		h.moved.Broadcast()
	}
}

func (h *hasher) do(t task, dropped bool) {
	switch {
	case t.restart != nil:
		h.dig = *t.restart
	case t.mark != nil && !dropped:
		state, err := h.dig.state()
		h.mu.Lock()
		t.mark.Digest, t.mark.err, t.mark.ready = state, err, true
		h.moved.Broadcast()
		h.mu.Unlock()
	case t.chunk != nil:
		if dropped {
			h.dig.file = nil // it could not be right any more
		}
		if h.dig.file != nil {
			t.chunk.eachStored(t.from, t.to, func(b []byte) { h.dig.file.Write(b) })
		}
		t.chunk.unref()
	}
}

// wait waits for a mark's digest. It is false when the hasher was stopped before.
func (h *hasher) wait(m *sent) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for !m.ready && !h.ended {
		h.moved.Wait()
	}
	return m.ready
}

// sum waits until everything was hashed and gives the digest.
func (h *hasher) sum() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.busy || len(h.tasks) > 0 && !h.ended {
		h.moved.Wait()
	}
	return sumOf(h.dig.file)
}

// stop ends the goroutine; what waits is dropped.
func (h *hasher) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.added.Signal()
}
