//go:build amd64 || arm64

package inject

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// notice, answer and their ioctl numbers: linux/seccomp.h.
type notice struct {
	ID    uint64
	PID   uint32
	Flags uint32
	Nr    int32
	Arch  uint32
	IP    uint64
	Args  [6]uint64
}

type answer struct {
	ID    uint64
	Val   int64
	Error int32
	Flags uint32
}

const (
	receive = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	send    = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	goOn    = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// Tap stands between a program and the kernel.
type Tap struct {
	cmd      *exec.Cmd
	judge    Judge
	listener int
	stop     [2]int // a pipe that ends the loop
	gone     chan struct{}
	close    sync.Once

	mu   sync.Mutex
	seen []Call
}

// Start starts a command whose calls are judged. The command must have no extra files. Whoever waits for the command
// closes the tap afterwards: a child of it that lives on without a tap cannot touch files any more.
func Start(cmd *exec.Cmd, judge Judge) (*Tap, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	theirs := os.NewFile(uintptr(pair[1]), "inject")
	defer unix.Close(pair[0])
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, launchEnv+"="+cmd.Path)
	cmd.Path, cmd.ExtraFiles = self, []*os.File{theirs}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return nil, err
	}
	t := &Tap{cmd: cmd, judge: judge, gone: make(chan struct{})}
	if t.listener, err = take(pair[0]); err == nil {
		err = unix.Pipe2(t.stop[:], unix.O_CLOEXEC)
	}
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	go t.loop()
	return t, nil
}

// take receives the listener.
func take(socket int) (int, error) {
	b, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, b, oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) == 0 {
		return 0, fmt.Errorf("%w: the program did not get as far", ErrUnsupported)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, fmt.Errorf("no listener came: %v", err)
	}
	return fds[0], nil
}

// Seen are the calls so far, in their order. Those that were answered by a kill are the last ones.
func (t *Tap) Seen() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.seen)
}

// Close ends the tap.
func (t *Tap) Close() {
	t.close.Do(func() {
		unix.Close(t.stop[1])
		<-t.gone
		unix.Close(t.listener)
		unix.Close(t.stop[0])
	})
}

func (t *Tap) loop() {
	defer close(t.gone)
	for {
		fds := []unix.PollFd{{Fd: int32(t.listener), Events: unix.POLLIN}, {Fd: int32(t.stop[0]), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		if fds[1].Revents != 0 || fds[0].Revents&unix.POLLHUP != 0 {
			return
		}
		if fds[0].Revents&unix.POLLIN != 0 {
			t.next()
		}
	}
}

// next judges one call. A call that went away meanwhile, because of a signal or a death, is not counted.
func (t *Tap) next() {
	var n notice
	if ioctl(t.listener, receive, unsafe.Pointer(&n)) != 0 {
		return
	}
	c := read(n)
	c.Seq = len(t.seen) // nobody else writes it
	v := t.judge(c)
	t.mu.Lock()
	t.seen = append(t.seen, c)
	t.mu.Unlock()
	if v.Kill {
		_ = t.cmd.Process.Kill()
		return // it waits for an answer until it is dead
	}
	a := answer{ID: n.ID, Flags: goOn}
	if v.Err != 0 {
		a.Flags, a.Error = 0, -int32(v.Err)
	}
	ioctl(t.listener, send, unsafe.Pointer(&a))
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) unix.Errno {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
		if errno != unix.EINTR {
			return errno
		}
	}
}
