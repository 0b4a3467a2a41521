//go:build darwin || freebsd

package admin

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// solLocal is SOL_LOCAL, which is 0 on both systems.
const solLocal = 0

// peerUID asks the system for the effective user of the process that connected (LOCAL_PEERCRED).
func peerUID(c net.Conn) (int, error) {
	return credential(c, func(fd int) (int, error) {
		cred, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
		if err != nil {
			return 0, fmt.Errorf("ask who is connected: %w", err)
		}
		return int(cred.Uid), nil
	})
}
