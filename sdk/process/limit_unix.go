//go:build unix

package process

import (
	"math"
	"os"
	"runtime/debug"
	"syscall"
)

// stayBelowLimit lets the collector work harder before the process reaches the memory that it was given: beyond that
// the process dies.
func stayBelowLimit() {
	var l syscall.Rlimit
	if os.Getenv("GOMEMLIMIT") != "" || syscall.Getrlimit(syscall.RLIMIT_DATA, &l) != nil {
		return
	}
	if most := uint64(l.Cur); most < math.MaxInt64/2 {
		debug.SetMemoryLimit(int64(most - most/5))
	}
}
