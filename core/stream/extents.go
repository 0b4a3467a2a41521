package stream

import "slices"

// extent is the bytes of a file from one offset up to another.
type extent struct{ from, to int64 }

// maxExtents bounds what is remembered of a file that is written or read in pieces.
const maxExtents = 1024

// extents is which bytes of a file were written, or read: in order, none touching another. Beyond maxExtents the last
// one is forgotten, so that it never claims too much.
type extents struct {
	list   []extent
	forgot bool
}

// add notes that the bytes of [from, to) are there.
func (e *extents) add(from, to int64) {
	if from >= to {
		return
	}
	if n := len(e.list); n > 0 && e.list[n-1].to == from { // the usual case
		e.list[n-1].to = to
		return
	}
	i, _ := slices.BinarySearchFunc(e.list, from, func(x extent, at int64) int { return int(min(max(x.to-at, -1), 1)) })
	j := i
	for ; j < len(e.list) && e.list[j].from <= to; j++ {
		from, to = min(from, e.list[j].from), max(to, e.list[j].to)
	}
	e.list = slices.Replace(e.list, i, j, extent{from, to})
	if n := len(e.list) - 1; n >= maxExtents {
		e.list, e.forgot = e.list[:n], true
	}
}

// cut forgets what lies beyond an offset.
func (e *extents) cut(at int64) {
	for n := len(e.list) - 1; n >= 0 && e.list[n].to > at; n-- {
		if e.list[n].from < at {
			e.list[n].to = at
			return
		}
		e.list = e.list[:n]
	}
}

// prefix is how many bytes are there from the beginning on without a hole.
func (e *extents) prefix() int64 {
	if len(e.list) == 0 || e.list[0].from > 0 {
		return 0
	}
	return e.list[0].to
}
