//go:build !linux && !darwin && !freebsd

package admin

import (
	"errors"
	"net"
)

// peerUID fails: nobody is let in where nobody can be told apart.
func peerUID(net.Conn) (int, error) {
	return 0, errors.New("this system does not say who is connected")
}
