package admin

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// peerUID asks the system for the effective user of the process that connected (SO_PEERCRED).
func peerUID(c net.Conn) (int, error) {
	return credential(c, func(fd int) (int, error) {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return 0, fmt.Errorf("ask who is connected: %w", err)
		}
		return int(cred.Uid), nil
	})
}
