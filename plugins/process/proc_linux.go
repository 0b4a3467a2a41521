package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// inherited is the descriptor under which a process has its own program open.
const inherited = 3

// attributes put a command into a group of its own, and have the system end it when the thread that starts it ends:
// with the server, however that goes.
func attributes(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// execute makes the command run the open file itself.
func execute(cmd *exec.Cmd, p *program) error {
	cmd.Path = fmt.Sprintf("/proc/self/fd/%d", inherited)
	cmd.ExtraFiles = []*os.File{p.file}
	return nil
}

// restrain sets the limits of a process that has just been started.
func restrain(pid int, l *Limits) error {
	set := func(what string, resource int, n uint64) error {
		if n == 0 && resource != unix.RLIMIT_CORE {
			return nil
		}
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil {
			return fmt.Errorf("limit its %s to %d: %w", what, n, err)
		}
		return nil
	}
	return errors.Join(
		set("core dumps", unix.RLIMIT_CORE, 0), // they would hold secrets
		set("memory", unix.RLIMIT_DATA, uint64(l.Memory)),
		set("open files", unix.RLIMIT_NOFILE, uint64(l.Files)),
		set("processes", unix.RLIMIT_NPROC, uint64(l.Processes)),
	)
}

// await returns when the process has ended. What it leaves behind of its group ends before it is waited for: until
// then nobody else can have its number.
func (p *proc) await() {
	for unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	signalGroup(p.pid)
	p.waited = true
	p.mu.Unlock()
	_ = p.cmd.Wait() // the state says it
}

// signalGroup kills a group whose leader has not been waited for.
func signalGroup(pid int) { _ = unix.Kill(-pid, unix.SIGKILL) }

// again opens a file once more, so that it can be closed without the other one.
func again(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, failed := -1, error(nil)
	if err := raw.Control(func(from uintptr) { fd, failed = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, os.NewSyscallError("fcntl", failed)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// tcpOnly: there are sockets in the file system.
const tcpOnly = false
