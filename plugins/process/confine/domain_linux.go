package confine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of the network the constants of unix have the rights; the kind of a rule and its attributes are from linux/landlock.h.
const ruleNetPort = 2

type netPortAttr struct{ access, port uint64 }

// Whole says why the system cannot hold a process to a [Domain]; nil: it can. All of it is wanted, the network and the
// cutting of files too: of a fence with gaps nobody would know where they are.
func Whole() error {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch {
	case errno == unix.EOPNOTSUPP:
		return errors.New("the kernel has landlock, and it was switched off when the system started: add it to the list of lsm= on the kernel's command line")
	case errno == unix.ENOSYS:
		return errors.New("the kernel has no landlock, or this process may not use it: Linux 6.7 or later is needed, built with landlock")
	case errno != 0:
		return fmt.Errorf("landlock does not answer: %w", errno)
	case v < sinceNetwork:
		return fmt.Errorf("the kernel's landlock is of version %d, and %d is needed: Linux 6.7 or later", v, sinceNetwork)
	}
	return nil
}

// Enter confines the calling thread and executes this program once more on it, with these arguments and this environment:
// the other threads end with that. It returns only when it failed. Then nothing can go on: the thread may be confined.
func (d *Domain) Enter(argv, environ []string) error {
	if err := Whole(); err != nil {
		return err
	}
	if err := probe(); err != nil { // or Proven would prove nothing
		return fmt.Errorf("look at / before the sandbox: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the server's own program: %w", err)
	}
	runtime.LockOSThread()
	set, handled, err := d.ruleset()
	if err != nil {
		return err
	}
	if err := d.rules(set, handled, self); err != nil {
		return errors.Join(err, unix.Close(set))
	}
	if err := enforce(set); err != nil {
		return err
	}
	return fmt.Errorf("start once more in the sandbox: %w", syscall.Exec(self, argv, environ))
}

// ruleset makes an empty set of rules: whatever it handles is forbidden.
func (d *Domain) ruleset() (set int, handled uint64, err error) {
	attr := unix.LandlockRulesetAttr{
		Handled_access_fs:  reading | writing | unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE,
		Handled_access_net: unix.LANDLOCK_ACCESS_NET_BIND_TCP,
	}
	if !d.Anywhere {
		attr.Handled_access_net |= unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	v := version()
	if v >= sinceDevices {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if v >= sinceScopes {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL
		if !d.Abstract {
			attr.Scoped |= unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
		}
	}
	fd, err := newRuleset(&attr)
	return fd, attr.Handled_access_fs, err
}

// surroundings are what the server itself looks at besides: the limits of its control group (how many processors it has),
// the kernel's settings of sockets, and numbers about itself for the metrics. The rest of /proc is not for it: root could
// read the environments of others there.
var surroundings = []string{"/sys/fs/cgroup", "/etc/passwd", "/etc/group"}

// pinned are surroundings that the kernel makes anew when they were not used for a while, without their rule. They are
// kept open.
var pinned = []string{"/proc/self", "/proc/stat", "/proc/sys/net"}

// Pin opens what has to stay open for the domain to hold what it says. It comes before Enter.
func (d *Domain) Pin() {
	for _, path := range pinned {
		if fd, err := unix.Open(path, unix.O_PATH, 0); err == nil { // without O_CLOEXEC: it stays open after the start
			d.Pins = append(d.Pins, fd)
		} // a system may hide parts of /proc
	}
}

func (d *Domain) rules(set int, all uint64, self string) error {
	const look = reading &^ unix.LANDLOCK_ACCESS_FS_EXECUTE
	if err := allowPath(set, self, reading); err != nil {
		return err
	}
	for _, path := range system {
		if err := allowPath(set, path, rightsOf(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, path := range surroundings {
		if err := allowPath(set, path, look); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, fd := range d.Pins {
		if err := allowOpen(set, fd, look); err != nil {
			return fmt.Errorf("permit descriptor %d: %w", fd, err)
		}
	}
	for _, list := range []struct {
		paths  []string
		rights uint64
	}{{d.Read, look}, {d.Execute, reading}, {d.Write, all &^ unix.LANDLOCK_ACCESS_FS_EXECUTE}} {
		for _, path := range list.paths {
			if err := allowPath(set, path, list.rights); err != nil {
				return err
			}
		}
	}
	return d.ports(set)
}

func (d *Domain) ports(set int) error {
	add := func(port uint16, access uint64) error {
		rule := netPortAttr{access, uint64(port)}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(set), ruleNetPort, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
		if errno != 0 {
			return fmt.Errorf("permit port %d: %w", port, errno)
		}
		return nil
	}
	for _, p := range d.Bind {
		if err := add(p, unix.LANDLOCK_ACCESS_NET_BIND_TCP); err != nil {
			return err
		}
	}
	if d.Anywhere {
		return nil
	}
	for _, p := range d.Connect {
		if err := add(p, unix.LANDLOCK_ACCESS_NET_CONNECT_TCP); err != nil {
			return err
		}
	}
	return nil
}

// Proven fails unless the system refuses this process what no domain permits: the folder / and, for TCP, a port that is
// not listed. Whoever takes a server to be confined does not have to believe it.
func (d *Domain) Proven() error {
	for _, fd := range d.Pins {
		unix.CloseOnExec(fd) // no process of an exit has them
	}
	switch err := probe(); {
	case err == nil:
		return errors.New("the folder / can be opened: this process is not confined")
	case !errors.Is(err, os.ErrPermission):
		return fmt.Errorf("try to open /: %w", err)
	}
	port := uint16(65535)
	for slices.Contains(d.Bind, port) {
		port--
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return nil // there is no TCP here at all
	}
	defer unix.Close(s)
	if err := unix.Bind(s, &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("port %d, which is not listed, is not refused (%v): this process is not confined", port, err)
	}
	return nil
}

// probe opens what nobody is permitted in a domain.
func probe() error {
	f, err := os.Open("/")
	if err != nil {
		return err
	}
	return f.Close()
}
