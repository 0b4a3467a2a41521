//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package requester

import (
	"errors"
	"os"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW | syscall.O_CLOEXEC

// tryLock takes the lock; busy: somebody else has it. It ends with the file's last descriptor, a crash included.
func tryLock(f *os.File) (busy bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
