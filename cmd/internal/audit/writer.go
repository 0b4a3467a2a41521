package audit

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// errFull says that records had no room.
var errFull = errors.New("more is to be written than the disk takes")

// writer has the files. A goroutine of its own runs it, and whoever brings a record may (inline.go): who does holds
// Log.turning.
type writer struct {
	l       *Log
	root    *os.Root
	at      place // of the last line that was made, written or not
	written place // of the last line that is in a file
	file    file
	name    string
	size    int64
	began   time.Time // the file's first record
	fresh   bool      // the next record belongs into a new file
	pending []byte    // lines that are not in a file yet, in order
	first   int64     // the number of the first of them
	line    []byte    // the last line that was made: room for the next one
	spare   []Record  // room for the next batch
	torn    bool      // a write was cut: the file is longer than size
	unsaved bool      // the file has records that were not synced
	synced  time.Time
	hurry   bool  // they should be, at once
	failure error // of the last turn
	told    time.Time
	expired time.Time // when old files were looked for
	apart   time.Time // until then only its own goroutine writes
}

// file is an open file of the log.
type file interface {
	WriteAt(b []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// opened gives a file of the log to its writer.
func (w *writer) opened(f *os.File) file {
	if w.l.wrap != nil {
		return w.l.wrap(f)
	}
	return f
}

// run writes until the log is closed.
func (w *writer) run() {
	defer close(w.l.gone)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(w.pause())
		select {
		case <-w.l.wake:
			w.turn(false, false)
		case <-timer.C:
			w.turn(false, false)
		case reply := <-w.l.flush:
			w.turn(false, true)
			reply <- w.l.State()
		case <-w.l.stop:
			w.turn(true, true)
			w.l.turning.Lock()
			w.end()
			w.l.turning.Unlock()
			return
		}
	}
}

// pause is how long nothing needs to be done unless it is roused.
func (w *writer) pause() time.Duration {
	w.l.turning.Lock()
	d, failed := w.quiet(), w.failure != nil
	w.l.turning.Unlock()
	if !failed && w.l.waits() {
		return 0 // whoever brought that found the files held a moment ago, and relies on us
	}
	return d
}

func (w *writer) quiet() time.Duration {
	if w.failure != nil {
		return retryAfter
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if w.unsaved && w.l.settings.Sync > 0 {
		return max(w.l.settings.Sync-time.Since(w.synced), soon)
	}
	return window / 2
}

// turn does what there is to do, and again while records come meanwhile that nobody else has taken.
func (w *writer) turn(last, now bool) {
	for again := true; again; {
		w.l.turning.Lock()
		err := w.all(last, now)
		w.l.turning.Unlock()
		again = err == nil && !last && w.l.waits()
	}
}

// all writes what waits, and makes durable what should be. While it fails nothing more is taken: what comes has the queue's
// room and is then counted.
func (w *writer) all(last, now bool) error {
	w.l.mu.Lock()
	s := w.l.settings
	w.l.mu.Unlock()
	if len(w.pending) == 0 || last {
		s = w.gather(last)
	}
	err := w.write()
	if err == nil && w.unsaved && (now || w.hurry || s.Sync > 0 && time.Since(w.synced) >= s.Sync) {
		err = w.sync()
	}
	if err == nil && !last {
		err = w.expire(s.Keep)
	}
	w.tell(err)
	return err
}

// gather takes the records that wait and makes lines of them.
func (w *writer) gather(last bool) Settings {
	batch, urgent, s := w.l.take(w.l.now(), last, w.spare)
	w.hurry = w.hurry || urgent
	w.make(batch)
	w.old(s)
	clear(batch)
	if w.spare = batch[:0]; cap(batch) > maxSpare {
		w.spare = nil
	}
	return s
}

// make chains the records of a batch.
func (w *writer) make(batch []Record) {
	if len(batch) > 0 && len(w.pending) == 0 {
		w.first = w.at.Seq + 1
	}
	for i := range batch {
		w.line = batch[i].append(w.line[:0], w.at.Seq+1, w.at.Hash)
		w.line, w.at.Hash = seal(w.line)
		w.at.Seq++
		w.pending = append(w.pending, w.line...)
	}
}

// old begins a new file where the one at hand is full or too old.
func (w *writer) old(s Settings) {
	if w.size > 0 && (w.size+int64(len(w.pending)) > s.MaxSize || s.MaxAge > 0 && w.l.now().Sub(w.began) >= s.MaxAge) {
		w.fresh = true
	}
}

// write brings the pending lines into a file.
func (w *writer) write() error {
	if len(w.pending) == 0 {
		return nil
	}
	if w.fresh || w.file == nil {
		if err := w.next(); err != nil {
			return err
		}
	}
	if w.torn {
		if err := w.file.Truncate(w.size); err != nil {
			return fmt.Errorf("take back a line that was cut: %w", err)
		}
		w.torn = false
	}
	n, err := w.file.WriteAt(w.pending, w.size)
	if err != nil {
		w.torn = n > 0
		return err
	}
	if !w.unsaved {
		w.unsaved, w.synced = true, time.Now()
	}
	w.size += int64(n)
	w.written = w.at
	w.pending = w.pending[:0]
	if cap(w.pending) > 1<<20 {
		w.pending = nil
	}
	return nil
}

// next leaves the file at hand and begins one named by its first record.
func (w *writer) next() error {
	if w.file != nil {
		if w.unsaved {
			if err := w.sync(); err != nil {
				return err
			}
		}
		w.l.log.Info("the audit log goes on in a new file", "file", nameOf(w.first), "seq", w.written.Seq, "hash", w.written.Hash)
	}
	f, err := w.root.OpenFile(nameOf(w.first), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := syncFolder(w.root); err != nil {
		return errors.Join(err, f.Close(), w.root.Remove(nameOf(w.first)))
	}
	if w.file != nil {
		err = w.file.Close()
	}
	w.file, w.name, w.size, w.began, w.fresh, w.torn, w.unsaved = w.opened(f), nameOf(w.first), 0, w.l.now(), false, false, false
	return err
}

// sync makes the file durable, then says in the head how far it goes. A sync that failed is not tried again: the system
// may have dropped what it could not write. The log goes on in a new file, and says so.
func (w *writer) sync() error {
	w.synced, w.hurry = time.Now(), false
	if err := w.file.Sync(); err != nil {
		w.unsaved, w.fresh = false, true
		w.make([]Record{{Time: w.l.now(), Event: LogUnsynced, File: w.name,
			Detail: "what was written to this file of late may be lost: " + err.Error()}})
		return fmt.Errorf("sync %s: %w", w.name, err)
	}
	w.unsaved = false
	if err := writeHead(w.root, w.written); err != nil {
		return fmt.Errorf("write the head: %w", err)
	}
	return nil
}

// tell says once that something fails, again each minute, and when it is over.
func (w *writer) tell(err error) {
	now := time.Now()
	switch {
	case err != nil && (w.failure == nil || now.Sub(w.told) >= tellAgain):
		w.told = now
		w.l.log.Error("the audit log cannot be written", "dir", w.l.dir, "seq", w.written.Seq, "error", err)
	case err == nil && w.failure != nil:
		w.l.log.Warn("the audit log is written again", "dir", w.l.dir, "seq", w.written.Seq)
	}
	w.failure = err
	w.l.report(w.written, err)
}

// end closes the file. The server's log is told where the audit log ends, as a witness of another place.
func (w *writer) end() {
	if w.failure != nil {
		w.l.log.Error("the last records of the audit log are lost", "first", w.written.Seq+1, "error", w.failure)
		w.failure = fmt.Errorf("write the audit log: %w", w.failure)
	}
	if w.file != nil {
		w.failure = errors.Join(w.failure, w.file.Close())
		w.file = nil // what still comes is lost
	}
	w.failure = errors.Join(w.failure, w.root.Close())
	w.l.log.Info("the audit log ends", "seq", w.written.Seq, "hash", w.written.Hash)
}
