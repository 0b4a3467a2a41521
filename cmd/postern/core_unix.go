//go:build unix

package main

import "syscall"

// dumpNoCore keeps the process from leaving its memory in a file when it crashes: passwords are in it. Processes that it
// starts inherit that.
func dumpNoCore() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
