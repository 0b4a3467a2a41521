//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package requester

import (
	"errors"
	"os"
)

const noFollow = 0

func tryLock(*os.File) (bool, error) {
	return false, errors.New("this system has no lock that Postern knows")
}
