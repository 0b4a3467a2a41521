package sdk

import (
	"errors"
	"io"
	"time"
)

// Target is where a received file goes.
type Target struct {
	ID         string // of the transfer: opaque, unique, safe in a path
	Path       string // relative, slash-separated; each element was checked, the backend checks again
	OnExists   OnExists
	Durability Durability
	Size       int64 // announced, bytes; -1 unknown
}

// Backend stores files under relative, slash-separated paths and lets none escape. Calls overlap.
//
// Create makes a hidden temporary file for the target and refuses ([Refusal]) with file.exists, file.name, file.space
// or file.open without leaving a trace. Resume opens the temporary file of an interrupted transfer again; state is what
// Sync returned last. It fails with ErrCommitted when the file was committed already and with ErrNoPart when the
// temporary file is gone. Open opens a file for reading, or refuses with file.missing.
type Backend interface {
	Create(t Target) (Writer, error)
	Resume(t Target, state []byte) (Writer, error)
	Open(path string) (Reader, error)
}

// Writer is one file being received. One goroutine writes; Sync may run beside WriteAt and covers the writes that
// returned before it was called.
type Writer interface {
	// WriteAt writes the slices one after the other from off on. They are the caller's again when it returns.
	WriteAt(bufs [][]byte, off int64) error
	// Sync makes what was written durable. durable is the size that is safe, state is kept with the sync point.
	// A failed Sync is never tried again: the writer is then broken for good.
	Sync() (durable int64, state []byte, err error)
	// Truncate drops what lies beyond off.
	Truncate(off int64) error
	// Commit makes the bytes durable, then gives the file its name by the rule and makes the name durable, both as far
	// as the target's durability says; path is the name it got. It refuses with
	// file.exists when the rule is fail and the name was taken meanwhile. The writer is closed when it returns.
	Commit(rule OnExists) (path string, err error)
	// Close closes the file and leaves the temporary name for a restart.
	Close() error
	// Discard closes the file and removes every trace of it.
	Discard() error
}

// Reader is one file being sent.
type Reader interface {
	io.ReaderAt
	io.Closer
	Info() FileInfo
}

// FileInfo describes a stored file.
type FileInfo struct {
	Path     string
	Size     int64
	Modified time.Time
	Tag      string // changes when the content does: inode and change time, or an ETag
	Dir      bool
}

// ErrCommitted says that the file of a transfer has its final name already.
var ErrCommitted = errors.New("the file was committed already")

// CommittedError is [ErrCommitted] with the name that the file got, which on_exists unique may have chosen.
type CommittedError struct{ Path string }

// Error says what ErrCommitted says, and where.
func (e *CommittedError) Error() string { return ErrCommitted.Error() + " as " + e.Path }

// Is reports whether target is ErrCommitted.
func (e *CommittedError) Is(target error) bool { return target == ErrCommitted }

// ErrNoPart says that the temporary file of a transfer is gone.
var ErrNoPart = errors.New("the temporary file is gone")

// The optional abilities of a backend and of its writers.
type (
	// Statter tells about a file without opening it.
	Statter interface {
		Stat(path string) (FileInfo, error)
	}
	// Lister lists a folder's files, hidden ones left out.
	Lister interface {
		List(path string) ([]FileInfo, error)
	}
	// Renamer renames a file; it fails with file.exists when the new name is taken.
	Renamer interface {
		Rename(from, to string) error
	}
	// Prober tells whether Create would take a target now, with the refusal that Create would give, and leaves nothing.
	Prober interface {
		Probe(t Target) error
	}
	// Remover removes a file.
	Remover interface {
		Remove(path string) error
	}
	// Mkdirer makes a folder, durably; the one it lies in must be there. file.exists when the name is taken.
	// A backend without it has no folders: they are part of its files' names.
	Mkdirer interface {
		Mkdir(path string) error
	}
	// Rmdirer removes an empty folder, durably. file.missing where there is none, file.open where it is none or not empty.
	Rmdirer interface {
		Rmdir(path string) error
	}
	// Spacer tells how much room there is. Calls overlap.
	Spacer interface {
		Space() (Space, error)
	}
	// PartRemover removes the temporary file of an interrupted transfer without opening it.
	PartRemover interface {
		RemovePart(t Target, state []byte) error
	}
	// Parts lists the temporary files a crash may have left: the ids of their transfers and their folders.
	Parts interface {
		Parts() ([]Part, error)
	}
	// PartReader is a writer whose temporary file can be read back, for the verify point.
	PartReader interface {
		io.ReaderAt
	}
	// PointWriter is a writer that cannot go on anywhere, an upload in parts for instance. Point is called by whoever
	// writes, after the bytes before a sync point were written and before any behind it: off is the length of the file
	// there. A Sync then covers the points that were told before it was called, and its durable size is where one of them
	// is: only there is the file resumed and cut.
	PointWriter interface {
		Point(off int64)
	}
	// Stateful is a writer that knows its state before its first Sync. It is written with the entry, so that a crash
	// between the file's last name and the catalog's last commit is told apart from a lost file.
	Stateful interface {
		State() ([]byte, error)
	}
	// Flusher is a writer that can make the bytes durable ahead of its Commit, as far as the target's durability says:
	// it runs while the catalog commits how the transfer ends. What goes wrong is Commit's to tell. It may be called in
	// another goroutine than the rest, and once only.
	Flusher interface {
		Flush()
	}
	// Stored is a writer that tells of the file that its Commit made what Stat would, without looking for it; not ok: it
	// does not know.
	Stored interface {
		Stored() (info FileInfo, ok bool)
	}
	// Quarantiner is a writer that can give a refused file another name, in place of Commit.
	Quarantiner interface {
		Quarantine(path string) error
	}
	// VectorReader is a reader that fills several buffers with one call. It returns io.EOF like io.ReaderAt.
	VectorReader interface {
		ReadvAt(bufs [][]byte, off int64) (int, error)
	}
	// ReadyReader is a reader that fills several buffers as far as that needs no wait for a disk or another machine. It
	// returns io.EOF like io.ReaderAt; fewer bytes without an error: what follows has to be waited for. Calls do not overlap.
	ReadyReader interface {
		ReadvNow(bufs [][]byte, off int64) (int, error)
	}
)

// Part is a temporary file.
type Part struct {
	ID       string // of the transfer
	Path     string // of the temporary file itself
	Size     int64
	Modified time.Time
}
