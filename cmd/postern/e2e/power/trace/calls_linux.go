//go:build amd64 || arm64

package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// enter looks at a call that was asked for.
func (l *log) enter(tid int, nr uint64, a [6]uint64) error {
	switch nr {
	case unix.SYS_OPENAT:
		return l.opens(tid, a)
	case unix.SYS_MKDIRAT:
		return l.makes(tid, a)
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_SENDTO:
		return l.writes(tid, nr, a)
	case unix.SYS_FTRUNCATE:
		if n, p := l.descriptor(tid, a[0]); n != 0 {
			l.begin(tid, &disk.Op{Kind: disk.Truncate, Node: n, Off: int64(a[1]), Path: p}, nil)
		}
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		if n, p := l.descriptor(tid, a[0]); n != 0 {
			kind := disk.Sync
			if nr == unix.SYS_FDATASYNC {
				kind = disk.Datasync
			}
			l.begin(tid, &disk.Op{Kind: kind, Node: n, Path: p}, nil)
		}
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT:
		return l.renames(tid, nr, a)
	case unix.SYS_UNLINKAT:
		return l.removes(tid, a)
	case unix.SYS_SENDFILE, unix.SYS_COPY_FILE_RANGE, unix.SYS_SPLICE, unix.SYS_FALLOCATE, unix.SYS_TRUNCATE, unix.SYS_SYNC_FILE_RANGE:
		return l.foreign(tid, nr, a)
	}
	return nil
}

// foreign refuses calls that the log cannot describe, where they concern what it describes.
func (l *log) foreign(tid int, nr uint64, a [6]uint64) error {
	fd := a[0]
	if nr == unix.SYS_COPY_FILE_RANGE || nr == unix.SYS_SPLICE {
		fd = a[2]
	}
	if n, p := l.descriptor(tid, fd); n != 0 {
		return fmt.Errorf("%s: call %d is not understood", p, nr)
	}
	return nil
}

// opens notes a file that is made or emptied.
func (l *log) opens(tid int, a [6]uint64) error {
	if a[2]&(unix.O_CREAT|unix.O_TRUNC) == 0 {
		return nil
	}
	at, dir, name, err := l.place(tid, a[0], a[1])
	if err != nil || dir == 0 {
		return err
	}
	if ino := inode(at); ino != 0 {
		if n := l.nodes[ino]; n != 0 && a[2]&unix.O_TRUNC != 0 {
			l.begin(tid, &disk.Op{Kind: disk.Truncate, Node: n, Path: at}, nil)
		}
		return nil
	}
	op := &disk.Op{Kind: disk.Create, Dir: dir, Name: name, Path: at}
	l.begin(tid, op, func(fd int64) {
		if fd < 0 {
			return
		}
		open := fmt.Sprintf("/proc/%d/fd/%d", tid, fd)
		op.Node = l.node(inode(open))
		if err := unix.Linkat(unix.AT_FDCWD, open, unix.AT_FDCWD, KeptAs(l.o.Keep, op.Node), unix.AT_SYMLINK_FOLLOW); err != nil {
			fmt.Fprintf(os.Stderr, "trace: %s is not kept: %v\n", at, err)
		}
	})
	return nil
}

func (l *log) makes(tid int, a [6]uint64) error {
	at, dir, name, err := l.place(tid, a[0], a[1])
	if err != nil || dir == 0 {
		return err
	}
	op := &disk.Op{Kind: disk.Mkdir, Dir: dir, Name: name, Path: at}
	l.begin(tid, op, func(result int64) {
		if result == 0 {
			op.Node = l.node(inode(at))
		}
	})
	return nil
}

// writes notes bytes that go to a file below the root, to a socket or to the standard output.
func (l *log) writes(tid int, nr uint64, a [6]uint64) error {
	n, p := l.descriptor(tid, a[0])
	if n == 0 && !strings.HasPrefix(p, "socket:") && a[0] != 1 {
		return nil
	}
	data, err := l.payload(tid, nr, a)
	if err != nil {
		return err
	}
	op := &disk.Op{Kind: disk.Write, Node: n, Data: data, Off: int64(a[3]), Path: p}
	switch {
	case n == 0:
		op.Kind, op.To = disk.Say, l.hears(tid, a[0])
	case nr == unix.SYS_WRITE || nr == unix.SYS_WRITEV:
		op.Off = l.position(tid, a[0])
	}
	l.begin(tid, op, func(result int64) {
		if result >= 0 && result <= int64(len(data)) {
			op.Data = data[:result]
		}
	})
	return nil
}

// payload reads what is written.
func (l *log) payload(tid int, nr uint64, a [6]uint64) ([]byte, error) {
	if nr == unix.SYS_WRITE || nr == unix.SYS_PWRITE64 || nr == unix.SYS_SENDTO {
		return memory(tid, a[1], a[2])
	}
	vec, err := memory(tid, a[1], a[2]*16)
	if err != nil {
		return nil, err
	}
	var all []byte
	for ; len(vec) >= 16; vec = vec[16:] {
		b, err := memory(tid, binary.NativeEndian.Uint64(vec), binary.NativeEndian.Uint64(vec[8:]))
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
	return all, nil
}

func (l *log) renames(tid int, nr uint64, a [6]uint64) error {
	at, dir, name, err := l.place(tid, a[0], a[1])
	if err != nil {
		return err
	}
	to, newDir, newName, err := l.place(tid, a[2], a[3])
	if err != nil || dir == 0 && newDir == 0 {
		return err
	}
	n := l.nodes[inode(at)]
	if n == 0 || newDir == 0 {
		return fmt.Errorf("%s comes from outside, as %s", at, to)
	}
	op := &disk.Op{Kind: disk.Rename, Node: n, Dir: dir, Name: name, NewDir: newDir, NewName: newName, Path: to}
	if nr == unix.SYS_LINKAT {
		op.Kind = disk.Link
	}
	l.begin(tid, op, nil)
	return nil
}

func (l *log) removes(tid int, a [6]uint64) error {
	at, dir, name, err := l.place(tid, a[0], a[1])
	if err != nil || dir == 0 || l.nodes[inode(at)] == 0 {
		return err
	}
	l.begin(tid, &disk.Op{Kind: disk.Unlink, Dir: dir, Name: name, Path: at}, nil)
	return nil
}

// descriptor finds what an open file is. Its node is 0 when it is not below the root.
func (l *log) descriptor(tid int, fd uint64) (disk.Node, string) {
	at := fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd))
	p, err := os.Readlink(at)
	if err != nil {
		return 0, ""
	}
	if !below(l.o.Root, p) {
		return 0, p
	}
	return l.nodes[inode(at)], p
}

func below(root, p string) bool { return p == root || strings.HasPrefix(p, root+"/") }

// place finds the folder and the name that a call means. The folder is 0 when it is not below the root.
func (l *log) place(tid int, fd, path uint64) (at string, dir disk.Node, name string, err error) {
	p, err := text(tid, path)
	if err != nil {
		return "", 0, "", err
	}
	if !filepath.IsAbs(p) {
		base := fmt.Sprintf("/proc/%d/cwd", tid)
		if int32(fd) != unix.AT_FDCWD {
			base = fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd))
		}
		real, err := os.Readlink(base)
		if err != nil {
			return "", 0, "", nil
		}
		p = filepath.Join(real, p)
	}
	p = filepath.Clean(p)
	if !below(l.o.Root, p) {
		return p, 0, "", nil
	}
	return p, l.nodes[inode(filepath.Dir(p))], filepath.Base(p), nil
}

// position is where the next write goes.
func (l *log) position(tid int, fd uint64) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", tid, int32(fd)))
	var pos, flags int64
	_, _ = fmt.Sscanf(string(b), "pos:\t%d\nflags:\t%o", &pos, &flags)
	if flags&unix.O_APPEND != 0 {
		var st unix.Stat_t
		if unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd)), &st) == nil {
			return st.Size
		}
	}
	return pos
}

// hears names who is at the other end: the address of a connection, "unix" or "stdout".
func (l *log) hears(tid int, fd uint64) string {
	if fd == 1 {
		return "stdout"
	}
	link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd)))
	inode := strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")
	for _, table := range []string{"tcp", "tcp6"} {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", tid, table))
		for line := range bytes.Lines(b) {
			f := strings.Fields(string(line))
			if len(f) > 9 && f[9] == inode {
				var port int
				_, _ = fmt.Sscanf(f[2][strings.IndexByte(f[2], ':')+1:], "%X", &port)
				return fmt.Sprint(port)
			}
		}
	}
	return "unix"
}

// memory reads a traced program's memory.
func memory(tid int, at, n uint64) ([]byte, error) {
	b := make([]byte, n)
	if n == 0 {
		return b, nil
	}
	local := []unix.Iovec{{Base: &b[0], Len: n}}
	remote := []unix.RemoteIovec{{Base: uintptr(at), Len: int(n)}}
	got, err := unix.ProcessVMReadv(tid, local, remote, 0)
	if err == nil && uint64(got) < n {
		err = fmt.Errorf("%d of %d bytes", got, n)
	}
	if err != nil {
		return nil, fmt.Errorf("read the program's memory: %w", err)
	}
	return b, nil
}

// text reads a path.
func text(tid int, at uint64) (string, error) {
	var all []byte
	for len(all) < 4096 {
		n := 64 - at%64 // never over the end of a page
		b, err := memory(tid, at, n)
		if err != nil {
			return "", err
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return string(append(all, b[:i]...)), nil
		}
		all, at = append(all, b...), at+n
	}
	return "", fmt.Errorf("a path without an end")
}
