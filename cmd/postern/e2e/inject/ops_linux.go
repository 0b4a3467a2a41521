//go:build amd64 || arm64

package inject

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// shape says where a call's arguments are: a descriptor, or a folder's descriptor and a name, or two of those.
type shape struct {
	op         Op
	fd         int // argument with the descriptor of the file itself; -1: none
	dir, name  int // arguments with the folder and the name
	toDir, new int
}

func byFD(op Op) shape { return shape{op: op, dir: -1, toDir: -1} }

// ops are the calls that are seen, by number. Newer Linux ports have no others, and the C library that SQLite is
// translated against asks for these too.
var ops = map[int]shape{
	unix.SYS_FSYNC:     byFD(Sync),
	unix.SYS_FDATASYNC: byFD(Sync),
	unix.SYS_PWRITE64:  byFD(Write),
	unix.SYS_PWRITEV:   byFD(Write),
	unix.SYS_PWRITEV2:  byFD(Write),
	unix.SYS_FALLOCATE: byFD(Write),
	unix.SYS_FTRUNCATE: byFD(Truncate),
	unix.SYS_OPENAT:    {op: Create, fd: -1, dir: 0, name: 1, toDir: -1},
	unix.SYS_MKDIRAT:   {op: Folder, fd: -1, dir: 0, name: 1, toDir: -1},
	unix.SYS_UNLINKAT:  {op: Remove, fd: -1, dir: 0, name: 1, toDir: -1},
	unix.SYS_RENAMEAT:  {op: Rename, fd: -1, dir: 0, name: 1, toDir: 2, new: 3},
	unix.SYS_RENAMEAT2: {op: Rename, fd: -1, dir: 0, name: 1, toDir: 2, new: 3},
	unix.SYS_LINKAT:    {op: Link, fd: -1, dir: 0, name: 1, toDir: 2, new: 3},
}

// read finds out about a call that waits.
func read(n notice) Call {
	s := ops[int(n.Nr)]
	c := Call{Op: s.op, PID: int(n.PID)}
	if s.fd >= 0 {
		c.Path = fileOf(c.PID, int32(n.Args[s.fd]))
		return c
	}
	c.Path = place(c.PID, int32(n.Args[s.dir]), n.Args[s.name])
	if s.toDir >= 0 {
		c.To = place(c.PID, int32(n.Args[s.toDir]), n.Args[s.new])
	}
	return c
}

func fileOf(pid int, fd int32) string {
	p := "/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(int(fd))
	if fd == unix.AT_FDCWD {
		p = "/proc/" + strconv.Itoa(pid) + "/cwd"
	}
	name, err := os.Readlink(p)
	if err != nil {
		return "?"
	}
	return name
}

// place is the path of a name in a folder.
func place(pid int, dir int32, at uint64) string {
	name := textOf(pid, at)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(fileOf(pid, dir), name)
}

// textOf reads a string of the program's. It is at most a path's length, and may lie at the end of its memory.
func textOf(pid int, at uint64) string {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/mem")
	if err != nil {
		return "?"
	}
	defer f.Close()
	b := make([]byte, unix.PathMax)
	n, _ := f.ReadAt(b, int64(at))
	text, _, _ := strings.Cut(string(b[:n]), "\x00")
	return text
}
