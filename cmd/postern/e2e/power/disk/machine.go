package disk

import (
	"cmp"
	"maps"
	"slices"
)

// Model is what a file system keeps of what was not synced.
type Model uint8

// The models.
const (
	Posix Model = iota
	Journal
)

func (m Model) String() string {
	if m == Journal {
		return "journal"
	}
	return "posix"
}

// Machine is a computer at one moment of a trace: what its disk holds for sure, and what may or may not be on it.
type Machine struct {
	model  Model
	events []event
	next   int
	root   Node
	files  map[Node]*file
	dirs   map[Node]*dir
	names  []*change        // Journal: all changes of names that are not durable, in order
	covers map[*Op]coverage // of the syncs under way
	ended  map[*Op]bool     // of those that are not durable
	order  int
}

type event struct {
	at  int
	op  *Op
	end bool
}

type file struct {
	durable []byte
	pending []*Op
}

type dir struct {
	durable map[string]Node
	pending []*change
}

// change is a change of names: of one folder, or, where a rename moves a file, of two.
type change struct {
	op    *Op
	dir   Node
	set   map[string]Node // 0 takes the name away
	after *change         // unless it is synced, it is there only where that one is
	order int
}

// coverage is what a sync makes durable when it returns: what had returned when it was asked for.
type coverage struct {
	writes  []*Op
	changes []*change
}

// New makes a machine at the beginning of a trace.
func New(t *Trace, m Model) *Machine {
	d := &Machine{model: m, root: t.Base.Root, files: map[Node]*file{}, dirs: map[Node]*dir{}, covers: map[*Op]coverage{}, ended: map[*Op]bool{}}
	for n, b := range t.Base.Files {
		d.files[n] = &file{durable: slices.Clone(b)}
	}
	for n, names := range t.Base.Dirs {
		d.dirs[n] = &dir{durable: maps.Clone(names)}
	}
	for _, op := range t.Ops {
		d.events = append(d.events, event{op.Begin, op, false}, event{op.End, op, true})
	}
	slices.SortStableFunc(d.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return d
}

// Advance lets everything happen that happened before a moment.
func (d *Machine) Advance(before int) {
	for ; d.next < len(d.events) && d.events[d.next].at < before; d.next++ {
		if e := d.events[d.next]; e.end {
			d.end(e.op)
		} else {
			d.begin(e.op)
		}
	}
}

func (d *Machine) begin(op *Op) {
	switch op.Kind {
	case Create:
		d.files[op.Node] = &file{}
		d.change(op, op.Dir, map[string]Node{op.Name: op.Node}, nil)
	case Mkdir:
		d.dirs[op.Node] = &dir{durable: map[string]Node{}}
		d.change(op, op.Dir, map[string]Node{op.Name: op.Node}, nil)
	case Write, Truncate:
		if f := d.files[op.Node]; f != nil {
			f.pending = append(f.pending, op)
		}
	case Rename:
		if op.Dir == op.NewDir {
			d.change(op, op.Dir, map[string]Node{op.Name: 0, op.NewName: op.Node}, nil)
			return
		}
		to := d.change(op, op.NewDir, map[string]Node{op.NewName: op.Node}, nil)
		d.change(op, op.Dir, map[string]Node{op.Name: 0}, to)
	case Link:
		d.change(op, op.NewDir, map[string]Node{op.NewName: op.Node}, nil)
	case Unlink:
		d.change(op, op.Dir, map[string]Node{op.Name: 0}, nil)
	case Sync, Datasync:
		d.covers[op] = d.cover(op)
	}
}

func (d *Machine) change(op *Op, in Node, set map[string]Node, after *change) *change {
	d.order++
	c := &change{op: op, dir: in, set: set, after: after, order: d.order}
	if p := d.dirs[in]; p != nil {
		p.pending = append(p.pending, c)
		d.names = append(d.names, c)
	}
	return c
}

// cover lists what had returned when a sync was asked for.
func (d *Machine) cover(op *Op) (c coverage) {
	if f := d.files[op.Node]; f != nil {
		for _, w := range f.pending {
			if d.ended[w] {
				c.writes = append(c.writes, w)
			}
		}
	}
	names := d.names // a journal is written whole
	if d.model == Posix {
		names = nil
		if p := d.dirs[op.Node]; p != nil {
			names = p.pending
		}
	}
	for _, n := range names {
		if d.ended[n.op] {
			c.changes = append(c.changes, n)
		}
	}
	return c
}

func (d *Machine) end(op *Op) {
	switch op.Kind {
	case Sync, Datasync:
		d.settle(op)
	case Say, Mark:
	default:
		d.ended[op] = true
	}
}

// settle makes durable what a sync covers.
func (d *Machine) settle(op *Op) {
	c := d.covers[op]
	delete(d.covers, op)
	for _, w := range c.writes {
		f := d.files[w.Node]
		if i := slices.Index(f.pending, w); i >= 0 { // else another sync was there first
			f.durable = apply(f.durable, w)
			f.pending = slices.Delete(slices.Clone(f.pending), i, i+1)
			delete(d.ended, w)
		}
	}
	for _, n := range c.changes {
		d.settleName(n)
	}
}

func (d *Machine) settleName(n *change) {
	p := d.dirs[n.dir]
	i := slices.Index(p.pending, n)
	if i < 0 {
		return
	}
	n.apply(p.durable)
	p.pending = slices.Delete(slices.Clone(p.pending), i, i+1)
	if i := slices.Index(d.names, n); i >= 0 {
		d.names = slices.Delete(slices.Clone(d.names), i, i+1)
	}
}

func (c *change) apply(names map[string]Node) {
	for name, n := range c.set {
		if n == 0 {
			delete(names, name)
		} else {
			names[name] = n
		}
	}
}

// apply does a write or a cut to bytes of its own.
func apply(b []byte, op *Op) []byte {
	if op.Kind == Truncate {
		return resize(b, op.Off)
	}
	if end := op.Off + int64(len(op.Data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[op.Off:], op.Data)
	return b
}

func resize(b []byte, n int64) []byte {
	if n <= int64(len(b)) {
		return b[:n:n]
	}
	return append(b, make([]byte, n-int64(len(b)))...)
}
