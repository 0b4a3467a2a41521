package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// beginTied keeps the caller on its thread until done: the system ends what tie was told of when the thread ends that has
// started it, and that shall be when this program ends.
func beginTied() (done func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// tie has the system end a command when this program ends, however that goes.
func tie(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
