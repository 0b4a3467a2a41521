// Package datadir opens the data folder: it makes it for its owner alone, tightens one that lets others in, and takes
// the lock that keeps a second server, or a check of the catalog, out.
//
// It knows nothing of what lies in the folder but the lock. Who only talks to a running server does not open it.
//
// The main call is [Open].
package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	folderMode = 0o700
	lockName   = "lock"
	maxHolder  = 4 << 10 // bytes of the lock's file
)

// Folder is an open data folder. Its lock is held until Close, or until the process ends in any way.
type Folder struct {
	// Path is the folder, as it was given.
	Path string
	// Tightened is the mode that an existing folder had when it let others in; 0: nothing was changed.
	Tightened fs.FileMode

	lock *os.File
}

// Holder says who has the lock.
type Holder struct {
	PID   int       `json:"pid"`
	Verb  string    `json:"verb"` // what it does: serve, catalog check
	Since time.Time `json:"since"`
}

// ErrHeld says that somebody else uses the folder. The error is a *HeldError.
var ErrHeld = errors.New("the data folder is in use")

// HeldError names who uses the folder.
type HeldError struct {
	Path   string
	Holder Holder // zero where the holder has not said so
}

// Error says who uses the folder, and since when.
func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("the data folder %s is in use by another process", e.Path)
	}
	return fmt.Sprintf("the data folder %s is in use by 'postern %s' (process %d, since %s)",
		e.Path, e.Holder.Verb, e.Holder.PID, e.Holder.Since.Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrHeld) hold.
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// Open makes the folder with mode 0700 where it is missing, its parents included, takes its lock for a verb and writes
// down who has it. It does not wait: a lock that somebody else holds is a *HeldError. An existing folder is tightened
// once the lock is held, and says so in Tightened. Who cannot tighten it, because it belongs to somebody else, fails.
func Open(path, verb string, now time.Time) (*Folder, error) {
	if err := makeFolder(path); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	name := filepath.Join(path, lockName)
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the data folder's lock: %w", err)
	}
	f := &Folder{Path: path, lock: file}
	if err := f.take(verb, now); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func (f *Folder) take(verb string, now time.Time) error {
	switch held, err := tryLock(f.lock); {
	case err != nil:
		return fmt.Errorf("lock the data folder %s: %w", f.Path, err)
	case held:
		return &HeldError{Path: f.Path, Holder: holder(f.lock)}
	}
	if err := f.tighten(); err != nil {
		return fmt.Errorf("tighten the data folder: %w", err)
	}
	b, err := json.Marshal(Holder{PID: os.Getpid(), Verb: verb, Since: now.UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("write the data folder's lock: %w", err)
	}
	if err := f.lock.Truncate(0); err != nil {
		return fmt.Errorf("write the data folder's lock: %w", err)
	}
	if _, err := f.lock.WriteAt(append(b, '\n'), 0); err != nil {
		return fmt.Errorf("write the data folder's lock: %w", err)
	}
	return nil
}

// tighten takes from an existing folder what lets others in.
func (f *Folder) tighten() error {
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		if err := os.Chmod(f.Path, folderMode); err != nil {
			return err
		}
		f.Tightened = mode
	}
	return nil
}

// holder reads who holds the lock; a text that is not understood is nobody known.
func holder(file *os.File) (h Holder) {
	b, err := io.ReadAll(io.NewSectionReader(file, 0, maxHolder))
	if err != nil || json.Unmarshal(b, &h) != nil {
		return Holder{}
	}
	return h
}

// Close gives the lock back. The lock's file stays: taking it away could let two processes hold two locks.
func (f *Folder) Close() error {
	if err := f.lock.Truncate(0); err != nil {
		return errors.Join(fmt.Errorf("give back the data folder's lock: %w", err), f.lock.Close())
	}
	return f.lock.Close()
}
