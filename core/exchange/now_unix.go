//go:build unix

package exchange

import (
	"net"
	"syscall"
)

// mostNow is how many segments are written without the goroutine; more are better written together.
const mostNow = 4

// now writes what a socket takes without waiting: the usual case, and it costs no change of goroutine.
type now struct {
	raw     syscall.RawConn // nil: the connection is no socket
	job     net.Buffers
	attempt func(fd uintptr) bool
}

func (n *now) open(c Conn) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	n.raw, n.attempt = raw, n.try
}

// write returns what is left of the job. It fails silently: whoever writes the rest finds out why.
func (n *now) write(job net.Buffers) net.Buffers {
	if n.raw == nil || len(job) > mostNow {
		return job
	}
	n.job = job
	_ = n.raw.Write(n.attempt)
	job, n.job = n.job, nil
	return job
}

// try writes until the socket is full, and never asks to be called again.
func (n *now) try(fd uintptr) bool {
	for len(n.job) > 0 {
		b := n.job[0]
		for len(b) > 0 {
			m, err := syscall.Write(int(fd), b)
			if err == syscall.EINTR {
				continue
			}
			if err != nil || m <= 0 {
				n.job[0] = b
				return true
			}
			b = b[m:]
		}
		n.job = n.job[1:]
	}
	return true
}
