//go:build amd64 || arm64

package trace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const supported = true

// info is struct ptrace_syscall_info.
type info struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64 // at the entry; at the exit it is the result
	args [6]uint64
	_    uint64
}

const (
	atEntry = 1
	atExit  = 2
)

// trace runs a program to its end and writes its log. Everything is done on one thread: a tracer is a thread.
func trace(o Options) (code int, err error) {
	runtime.LockOSThread()
	l, err := openLog(o)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(o.Program[0], o.Program[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	main := cmd.Process.Pid
	var ws unix.WaitStatus
	if _, err := unix.Wait4(main, &ws, 0, nil); err != nil {
		return 0, err
	}
	if err := unix.PtraceSetOptions(main, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL); err != nil {
		return 0, err
	}
	fmt.Println("traced", main)
	if err := unix.PtraceSyscall(main, 0); err != nil {
		return 0, err
	}
	code, err = follow(main, l)
	return code, errors.Join(err, l.close())
}

// follow lets the threads run from call to call until the program has ended.
func follow(main int, l *log) (code int, err error) {
	known := map[int]bool{main: true}
	for {
		var ws unix.WaitStatus
		tid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case ws.Exited() || ws.Signaled():
			l.gone(tid)
			if tid == main {
				if ws.Signaled() {
					return 128 + int(ws.Signal()), nil
				}
				return ws.ExitStatus(), nil
			}
			continue
		case !ws.Stopped():
			continue
		}
		signal := 0
		switch s := ws.StopSignal(); {
		case s == unix.SIGTRAP|0x80:
			if err := l.stopped(tid); err != nil {
				return 0, err
			}
		case s == unix.SIGTRAP: // an event: a new thread
		case s == unix.SIGSTOP && !known[tid]:
		default:
			signal = int(s)
		}
		known[tid] = true
		if err := unix.PtraceSyscall(tid, signal); err != nil && err != unix.ESRCH {
			return 0, fmt.Errorf("go on: %w", err)
		}
	}
}

// stopped looks at a call that begins or has returned.
func (l *log) stopped(tid int) error {
	var i info
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(i), uintptr(unsafe.Pointer(&i)), 0, 0)
	switch {
	case errno == unix.ESRCH:
		return nil // killed meanwhile
	case errno != 0:
		return fmt.Errorf("ask for the call: %w", errno)
	case i.op == atEntry:
		nr, args := modern(i.nr, i.args)
		return l.enter(tid, nr, args)
	case i.op == atExit:
		l.leave(tid, int64(i.nr))
	}
	return nil
}
