package confine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Possible: there is a step to take, however much of it the system knows.
const Possible = true

// The versions of landlock that brought what is used here.
const (
	sinceFiles    = 1 // Linux 5.13
	sinceRefer    = 2
	sinceTruncate = 3
	sinceNetwork  = 4 // Linux 6.7
	sinceDevices  = 5
	sinceScopes   = 6 // Linux 6.12
)

const (
	reading = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writing = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	// ofFile are the rights that a rule for a single file may bear.
	ofFile = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// system is what programs need to start, and to resolve names and check certificates; what is not there is left out.
var system = []string{"/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/usr/share/zoneinfo", "/usr/share/ca-certificates",
	"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}

// version is landlock's; 0: the system has none.
func version() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

// Lacks says what the system cannot do of a sandbox; network: TCP shall be forbidden. "" when it can do all.
func Lacks(network bool) string {
	var lacks []string
	v := version()
	if v < sinceFiles {
		lacks = append(lacks, "landlock: the process may reach every file")
	}
	if network && v < sinceNetwork {
		lacks = append(lacks, "landlock's rules for the network: the process may use it")
	}
	return strings.Join(lacks, "; ")
}

// become confines the calling thread and executes the program on it: the other threads end with that.
func become(s *Spec, argv []string) error {
	runtime.LockOSThread()
	if v := version(); v >= sinceFiles {
		if err := s.landlock(v); err != nil {
			return err
		}
	}
	path := fmt.Sprintf("/proc/self/fd/%d", s.Program)
	return fmt.Errorf("execute %s: %w", argv[0], syscall.Exec(path, argv, os.Environ()))
}

func (s *Spec) landlock(v int) error {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: reading | writing}
	if v >= sinceRefer {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if v >= sinceTruncate {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if v >= sinceNetwork && !s.Network {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if v >= sinceDevices {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if v >= sinceScopes {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	set, err := newRuleset(&attr)
	if err != nil {
		return err
	}
	if err := s.rules(set, attr.Handled_access_fs); err != nil {
		return err
	}
	return enforce(set)
}

func newRuleset(attr *unix.LandlockRulesetAttr) (set int, err error) {
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr), 0)
	if errno != 0 {
		return -1, fmt.Errorf("make a set of rules: %w", errno)
	}
	return int(fd), nil
}

// enforce confines the calling thread, and closes the set.
func enforce(set int) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(set), 0, 0); errno != 0 {
		return fmt.Errorf("restrict itself: %w", errno)
	}
	return unix.Close(set)
}

func (s *Spec) rules(set int, all uint64) error {
	if err := allow(set, s.Program, reading&ofFile); err != nil {
		return fmt.Errorf("permit the program: %w", err)
	}
	for _, path := range system {
		if err := allowPath(set, path, rightsOf(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, path := range s.Read {
		if err := allowPath(set, path, reading); err != nil {
			return err
		}
	}
	for _, path := range s.Write {
		if err := allowPath(set, path, all); err != nil {
			return err
		}
	}
	return nil
}

// rightsOf lets the harmless devices be written to.
func rightsOf(path string) uint64 {
	if strings.HasPrefix(path, "/dev/") {
		return reading | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	}
	return reading
}

func allowPath(set int, path string, rights uint64) error {
	f, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "permit", Path: path, Err: err}
	}
	defer unix.Close(f)
	if err := allowOpen(set, f, rights); err != nil {
		return &os.PathError{Op: "permit", Path: path, Err: err}
	}
	return nil
}

// allowOpen takes from the rights what an open file cannot have.
func allowOpen(set, fd int, rights uint64) error {
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return err
	}
	if info.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= ofFile
	}
	return allow(set, fd, rights)
}

func allow(set, fd int, rights uint64) error {
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(set), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
