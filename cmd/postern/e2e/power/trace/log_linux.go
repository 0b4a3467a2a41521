//go:build amd64 || arm64

package trace

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// log turns calls into what disk understands.
type log struct {
	o     Options
	t     *disk.Trace
	clock int
	nodes map[uint64]disk.Node // by inode, of what is there now
	last  disk.Node
	open  map[int]*call // by thread: the call under way
}

// call is a call under way.
type call struct {
	op   *disk.Op
	then func(result int64) // what is known only when it has returned; it may set op to nil
}

func openLog(o Options) (*log, error) {
	l := &log{o: o, t: &disk.Trace{}, nodes: map[uint64]disk.Node{}, open: map[int]*call{}}
	f, err := os.Open(o.Log)
	if errors.Is(err, fs.ErrNotExist) {
		return l, l.scan()
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := gob.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	if err := errors.Join(d.Decode(l.t), d.Decode(&l.nodes), d.Decode(&l.last)); err != nil {
		return nil, fmt.Errorf("read the trace so far: %w", err)
	}
	l.clock = l.t.Last
	return l, nil
}

func (l *log) close() error {
	for tid := range l.open {
		l.gone(tid)
	}
	l.t.Last = l.tick()
	f, err := os.Create(l.o.Log)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	e := gob.NewEncoder(w)
	return errors.Join(e.Encode(l.t), e.Encode(l.nodes), e.Encode(l.last), w.Flush(), f.Close())
}

func (l *log) tick() int { l.clock++; return l.clock }

// scan takes what is there at the beginning.
func (l *log) scan() error {
	l.t.Base = disk.Tree{Dirs: map[disk.Node]map[string]disk.Node{}, Files: map[disk.Node][]byte{}}
	return filepath.WalkDir(l.o.Root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		n := l.node(inode(p))
		if p == l.o.Root {
			l.t.Base.Root = n
		} else {
			l.t.Base.Dirs[l.nodes[inode(filepath.Dir(p))]][d.Name()] = n
		}
		if d.IsDir() {
			l.t.Base.Dirs[n] = map[string]disk.Node{}
			return nil
		}
		b, err := os.ReadFile(p)
		l.t.Base.Files[n] = b
		return errors.Join(err, os.Link(p, KeptAs(l.o.Keep, n)))
	})
}

// node gives a new node to an inode.
func (l *log) node(ino uint64) disk.Node {
	l.last++
	l.nodes[ino] = l.last
	return l.last
}

// inode is that of what a path leads to; 0: nothing.
func inode(path string) uint64 {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0
	}
	return st.Ino
}

// gone settles the call of a thread that was killed inside it: what can be seen of it was done.
func (l *log) gone(tid int) {
	c := l.open[tid]
	delete(l.open, tid)
	if c == nil || c.op == nil {
		return
	}
	c.op.End = l.tick()
	if !l.done(c.op) {
		l.forget(c.op)
	}
}

// done looks whether a call that did not return was done.
func (l *log) done(op *disk.Op) bool {
	switch op.Kind {
	case disk.Create, disk.Mkdir:
		if ino := inode(op.Path); ino != 0 && op.Node == 0 {
			op.Node = l.node(ino)
			if op.Kind == disk.Create {
				_ = os.Link(op.Path, KeptAs(l.o.Keep, op.Node))
			}
		}
		return op.Node != 0
	case disk.Write:
		b, err := os.ReadFile(KeptAs(l.o.Keep, op.Node))
		end := op.Off + int64(len(op.Data))
		return err == nil && int64(len(b)) >= end && bytes.Equal(b[op.Off:end], op.Data)
	case disk.Truncate:
		b, err := os.Stat(KeptAs(l.o.Keep, op.Node))
		return err == nil && b.Size() == op.Off
	case disk.Rename, disk.Link:
		return l.nodes[inode(op.Path)] == op.Node
	case disk.Unlink:
		return inode(op.Path) == 0
	case disk.Say: // nobody was told for sure
		return false
	}
	return false
}

// begin notes that a call was asked for.
func (l *log) begin(tid int, op *disk.Op, then func(int64)) {
	op.Begin = l.tick()
	l.t.Ops = append(l.t.Ops, op)
	l.open[tid] = &call{op, then}
}

// leave notes that a call has returned. One that failed did nothing.
func (l *log) leave(tid int, result int64) {
	c := l.open[tid]
	if c == nil {
		return
	}
	delete(l.open, tid)
	if c.then != nil {
		c.then(result)
	}
	if c.op == nil {
		return
	}
	c.op.End = l.tick()
	if result < 0 {
		l.forget(c.op)
	}
}

// forget takes an operation out again.
func (l *log) forget(op *disk.Op) {
	for i := len(l.t.Ops) - 1; i >= 0; i-- {
		if l.t.Ops[i] == op {
			l.t.Ops = append(l.t.Ops[:i], l.t.Ops[i+1:]...)
			return
		}
	}
}
