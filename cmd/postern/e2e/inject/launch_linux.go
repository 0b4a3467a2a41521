//go:build amd64 || arm64

package inject

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	launchEnv = "POSTERN_TEST_INJECT" // the program to become; set for the launched test program only
	socketFD  = 3
)

// Main becomes the program of a [Start], where this process was begun by one; else it returns at once.
func Main() {
	program := os.Getenv(launchEnv)
	if program == "" {
		return
	}
	fmt.Fprintln(os.Stderr, "inject:", launch(program)) // it returns only when it failed
	os.Exit(125)
}

// launch puts the filter on this thread, hands the listener over and becomes the program. The filter stays with it.
func launch(program string) error {
	runtime.LockOSThread()
	if err := os.Unsetenv(launchEnv); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	rules := filter()
	prog := unix.SockFprog{Len: uint16(len(rules)), Filter: &rules[0]}
	listener, err := install(&prog)
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(socketFD, []byte{1}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("hand the listener over: %w", err)
	}
	_ = unix.Close(socketFD) // the program starts with the descriptors it would have without us
	_ = unix.Close(listener)
	return fmt.Errorf("exec %s: %w", program, unix.Exec(program, os.Args, os.Environ()))
}

// install prefers that signals do not undo a call that was seen already (Linux 5.19).
func install(prog *unix.SockFprog) (fd int, err error) {
	for _, flags := range []uintptr{unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER} {
		n, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(prog)))
		if errno == 0 {
			return int(n), nil
		}
		err = fmt.Errorf("seccomp: %w", errno)
	}
	return 0, err
}

// filter tells of the calls in ops, and of opens that may make a file; all others pass at the speed they have.
func filter() []unix.SockFilter {
	const nr, arg2 = 0, 16 + 2*8 // offsets in struct seccomp_data
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	leave := func(what uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what} }
	out := []unix.SockFilter{load(nr)}
	for n := range ops {
		if n == unix.SYS_OPENAT {
			continue
		}
		out = append(out, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(n), Jf: 1}, leave(unix.SECCOMP_RET_USER_NOTIF))
	}
	return append(out,
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_OPENAT, Jf: 3},
		load(arg2),
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: unix.O_CREAT, Jf: 1},
		leave(unix.SECCOMP_RET_USER_NOTIF),
		leave(unix.SECCOMP_RET_ALLOW))
}
