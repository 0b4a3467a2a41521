//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// attributes put a command into a group of its own. It ends with the server because its standard input does.
func attributes(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func signalGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// tcpOnly: there are sockets in the file system.
const tcpOnly = false
