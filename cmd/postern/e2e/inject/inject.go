// Package inject runs a program as it was built and stands between it and the kernel: it sees every call that makes,
// writes, syncs, cuts, renames or removes a file, and may have the program killed right there, or let the call fail.
// The program has no part in it, so what is tested is what is shipped. It needs Linux 5.0 or later (seccomp's user
// notification) and no privilege.
//
// It is for tests alone: who judges is trusted, and who is judged is slow at these calls.
//
// The main call is [Start]. The test program must call [Main] first of all, because it is run a second time between fork
// and exec.
package inject

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrUnsupported says that this system cannot do it.
var ErrUnsupported = errors.New("seccomp user notification is not there")

// Op is what is done to a file.
type Op string

// The calls that are seen.
const (
	Create   Op = "create" // an open that may make the file
	Write    Op = "write"
	Sync     Op = "sync"
	Truncate Op = "truncate"
	Rename   Op = "rename"
	Link     Op = "link"
	Remove   Op = "remove"
	Folder   Op = "folder" // a new folder
)

// Call is one call of the program, before it is done.
type Call struct {
	Op   Op
	Path string // of the file, absolute where it is known
	To   string // the new name, of Rename and Link
	Seq  int    // from 0, of all calls of this run
	PID  int    // the thread's id
}

// String is for messages.
func (c Call) String() string {
	s := fmt.Sprintf("%d: %s %s", c.Seq, c.Op, filepath.Base(c.Path))
	if c.To != "" {
		s += " to " + filepath.Base(c.To)
	}
	return s
}

// Base is the last element of the path. A file that was removed meanwhile has its old name.
func (c Call) Base() string { return filepath.Base(strings.TrimSuffix(c.Path, " (deleted)")) }

// Verdict is what becomes of a call.
type Verdict struct {
	Kill bool          // the program is killed before the call is done
	Err  syscall.Errno // the call fails with it and does nothing; 0: it is done
}

// Judge decides on each call. Calls of it do not overlap.
type Judge func(Call) Verdict

// Pass lets every call be done.
func Pass(Call) Verdict { return Verdict{} }
