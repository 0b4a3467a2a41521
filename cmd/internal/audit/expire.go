package audit

import (
	"fmt"
	"time"
)

// expireOften is how often old files are looked for.
const expireOften = time.Hour

// expire removes files whose last record is older than they are kept. The log says so first, with what the file after it
// follows: so the chain is known to be whole from there on.
func (w *writer) expire(keep time.Duration) error {
	now := w.l.now()
	if keep <= 0 || !w.expired.IsZero() && now.Sub(w.expired) < expireOften {
		return nil
	}
	w.expired = now
	names, err := files(w.root)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(names); i++ {
		after, err := firstLink(w.root, names[i+1])
		if err != nil || now.Sub(timeOf(after.Time, now)) < keep {
			return nil // one that cannot be read is for verify to tell
		}
		w.make([]Record{{Time: now, Event: LogRemoved, File: names[i], LastSeq: after.Seq - 1, LastHash: after.Prev,
			Detail: "older than it is kept"}})
		if err := w.write(); err != nil {
			return err
		}
		if err := w.sync(); err != nil {
			return err
		}
		if err := w.root.Remove(names[i]); err != nil {
			return fmt.Errorf("remove an old file: %w", err)
		}
		w.l.log.Info("an old file of the audit log was removed", "file", names[i])
	}
	return nil
}

func timeOf(text string, or time.Time) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	return or
}
