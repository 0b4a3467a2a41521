//go:build unix

package artifact

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// others are the permissions to write of everybody but the owner.
const others fs.FileMode = 0o022

// exposed refuses what somebody other than root and the server's user can write.
func exposed(info fs.FileInfo, what string) error {
	if info.Mode().Perm()&others != 0 {
		return fmt.Errorf("%w: the mode of %s is %s (chmod go-w)", ErrExposed, what, info.Mode())
	}
	return foreign(info, what)
}

// foreign refuses what belongs to somebody else, who could change it at any time.
func foreign(info fs.FileInfo, what string) error {
	if uid, ok := owner(info); ok && uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to the user %d, neither root nor the server's own (%d)", ErrExposed, what, uid, os.Geteuid())
	}
	return nil
}

func ownedByRoot(info fs.FileInfo) bool {
	uid, ok := owner(info)
	return ok && uid == 0
}

func owner(info fs.FileInfo) (int, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}

// openFile opens a path that has no links any more. A named pipe does not make it wait.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
