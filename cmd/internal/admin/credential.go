package admin

import (
	"fmt"
	"net"
)

// credential asks a question about a unix connection's descriptor.
func credential(c net.Conn, ask func(fd int) (int, error)) (uid int, err error) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0, fmt.Errorf("a connection from %s is no unix socket", c.RemoteAddr().Network())
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("ask who is connected: %w", err)
	}
	if cerr := raw.Control(func(fd uintptr) { uid, err = ask(int(fd)) }); cerr != nil {
		return 0, fmt.Errorf("ask who is connected: %w", cerr)
	}
	return uid, err
}
