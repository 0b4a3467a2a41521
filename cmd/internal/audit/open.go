package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// open finds where the log ended, and what a crash or somebody else made of its end. What is wrong is told in the log
// itself; it never keeps a server from starting.
func (w *writer) open() error {
	head, headed, err := readHead(w.root)
	wrong := ""
	if err != nil {
		if !isDamage(err) {
			return err
		}
		wrong = err.Error()
	}
	names, err := files(w.root)
	if err != nil {
		return err
	}
	var torn []byte
	if len(names) > 0 {
		var what string
		if torn, what, err = w.resume(names[len(names)-1]); err != nil {
			return err
		}
		if what != "" {
			wrong = what
		}
	}
	switch {
	case headed && head.Seq > w.at.Seq:
		wrong = fmt.Sprintf("the log ends with record %d, and record %d had been written", w.at.Seq, head.Seq)
		w.at = head
	case headed && head.Seq == w.at.Seq && head.Hash != w.at.Hash:
		wrong = fmt.Sprintf("record %d is not the one that was written", head.Seq)
		w.at = head // what comes now follows the one that was: the break stays to be seen
	case !headed && wrong == "" && len(names) > 0:
		wrong = "the head is missing: whether the log's end is whole cannot be told"
	}
	w.written = w.at
	w.begin(torn, wrong, len(names) == 0)
	return nil
}

// isDamage tells a head that makes no sense from one that cannot be read.
func isDamage(err error) bool {
	var p *os.PathError
	return !errors.As(err, &p)
}

// resume takes up the last file at its end. A torn line is cut off and returned: the chain goes on before it.
func (w *writer) resume(name string) (torn []byte, wrong string, err error) {
	f, err := w.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, "", err
	}
	t, err := readTail(f)
	if err == nil && len(t.torn) > 0 {
		if err = f.Truncate(t.size); err == nil {
			err = f.Sync()
		}
	}
	if err != nil {
		return nil, "", errors.Join(err, f.Close())
	}
	w.file, w.name, w.size, w.began = w.opened(f), name, t.size, w.l.now()
	w.at = t.last.place
	w.l.crashed = t.last.Event != Stopped
	switch {
	case t.wrong:
		wrong = "the last line of " + name + " is no record, or was changed"
	case t.last.Seq == 0: // begun, and then came the crash: the record that it was made for
		w.at.Seq, w.at.Hash, wrong = w.before(name)
	}
	if first, ferr := firstLink(w.root, name); ferr == nil {
		w.began = timeOf(first.Time, w.began)
	}
	return t.torn, wrong, nil
}

// before finds the record before a file that has none.
func (w *writer) before(name string) (seq int64, hash, wrong string) {
	names, err := files(w.root)
	if err != nil || len(names) < 2 {
		return 0, "", "" // a new log, or the head knows better
	}
	f, err := w.root.Open(names[len(names)-2])
	if err != nil {
		return 0, "", "the file before " + name + " cannot be read: " + err.Error()
	}
	defer f.Close()
	t, err := readTail(f)
	if err != nil || t.wrong || t.last.Seq == 0 {
		wrong = "the end of the file before " + name + " is no record, or was changed"
	}
	return t.last.Seq, t.last.Hash, wrong
}

// begin says what the log begins with this time.
func (w *writer) begin(torn []byte, wrong string, fresh bool) {
	now := w.l.now()
	if w.at.Hash == "" {
		w.at.Hash = nothing
	}
	if w.size == 0 && w.file != nil {
		w.drop()
	}
	if wrong != "" {
		w.fresh = true // what is damaged is left as it is
		for taken := true; taken; {
			if _, err := w.root.Lstat(nameOf(w.at.Seq + 1)); err != nil {
				taken = false
			} else {
				w.at.Seq++
			}
		}
		w.written = w.at
		w.l.log.Error("the audit log was damaged; 'postern audit verify' tells more", "dir", w.l.dir, "problem", wrong)
		w.l.queue = append(w.l.queue, Record{Time: now, Event: LogDamaged, Detail: wrong})
	} else if fresh {
		w.l.queue = append(w.l.queue, Record{Time: now, Event: LogBegan, Detail: rand.Text()}) // no two logs are equal
	}
	if len(torn) > 0 {
		r := Record{Time: now, Event: LogTorn, Count: int64(len(torn)), Torn: string(torn[:min(len(torn), maxTorn)]),
			Detail: "the last line was cut by a crash: nothing had been said to follow it"}
		w.l.queue = append(w.l.queue, r)
	}
	if len(w.l.queue) > 0 {
		w.l.urgent = true
		w.l.wake <- struct{}{}
	}
	if fresh {
		return
	}
	w.l.log.Info("the audit log goes on", "dir", w.l.dir, "seq", w.at.Seq, "hash", w.at.Hash)
}

// drop removes a file that was begun and got no record: the next one may have its name.
func (w *writer) drop() {
	_ = w.file.Close()
	if err := w.root.Remove(w.name); err != nil {
		w.l.log.Warn("an empty file of the audit log stays", "file", w.name, "error", err)
	}
	w.file = nil
}
