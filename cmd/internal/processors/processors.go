// Package processors has Go use more processors than the machine has. Its main
// call is Add.
//
// A goroutine that is in a system call keeps its processor until the runtime's
// monitor takes it away, some tens of microseconds later at the earliest. A
// flush of a disk takes a few hundred, so on two cores two flushes stop the
// server while its processors do nothing. What is bounded by the number of
// processors because it computes has to ask for it before Add.
package processors

import (
	"os"
	"runtime"
)

// spare is how many flushes of a disk may be under way while as many goroutines
// compute as the machine has processors.
const spare = 6

// Add adds spare processors, unless the operator has said in GOMAXPROCS how many
// there are. It returns how to take them away again. Go no longer follows a limit
// of the system (a cgroup's quota) that changes afterwards.
func Add() (remove func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(before + spare)
	return func() { runtime.GOMAXPROCS(before) }
}
