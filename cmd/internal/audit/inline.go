package audit

import "time"

// A record that comes alone is written by the goroutine that brings it, where that takes a moment: a write into the page
// cache. To wake the writer's goroutine for it costs more than that, for the one who wakes it too.

const (
	slow  = 10 * time.Millisecond // a write that takes so long holds up a session
	apart = time.Second           // so long the writer's goroutine alone writes then
)

// written writes what waits: in this goroutine, or in the writer's where there is more to it than a write.
func (l *Log) written() {
	if !l.turning.TryLock() {
		return // whoever has the files looks again
	}
	more := l.writer.quickly()
	l.turning.Unlock()
	if more || l.waits() {
		l.rouse()
	}
}

// rouse has the writer's goroutine look what there is to do.
func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// waits reports whether there are records that nobody has taken.
func (l *Log) waits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) > 0
}

// quickly writes what waits, and reports whether the writer's goroutine has to do the rest: it syncs, begins new files,
// tries again what failed, and writes where the disk is slow.
func (w *writer) quickly() (more bool) {
	began := time.Now()
	if w.file == nil || w.fresh || w.torn || w.failure != nil || len(w.pending) > 0 || began.Before(w.apart) {
		return true
	}
	synced := !w.unsaved
	s := w.gather(false)
	if w.fresh {
		return true
	}
	err := w.write()
	w.tell(err)
	if time.Since(began) > slow {
		w.apart = time.Now().Add(apart)
	}
	return err != nil || w.hurry || synced && w.unsaved && s.Sync > 0
}
