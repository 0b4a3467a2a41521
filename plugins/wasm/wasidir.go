package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// maxListed is how many entries of a folder a module sees.
const maxListed = 1 << 16

func fdReadDir(t *task, s []uint64) uint64 {
	o := t.files().get(uint32(s[0]))
	out, ok := t.bytes(s[1], s[2])
	switch {
	case o == nil:
		return wasiBadFile
	case o.root == nil:
		return wasiNotDir
	case !ok:
		return wasiFault
	}
	cookie := s[3]
	l := &t.in.files.listing
	if cookie == 0 || l.of != o {
		*l = listing{}
		var err error
		t.outside(func(context.Context) { l.entries, err = o.list() })
		if err != nil {
			return errnoOf(err)
		}
		l.of = o
		t.burn(int64(len(l.entries)) * 64) // names and sorting
	}
	used := 0
	for ; cookie < uint64(len(l.entries)) && used < len(out); cookie++ {
		used += copy(out[used:], dirEntry(l.entries[cookie], cookie+1))
	}
	t.burnBytes(used)
	return t.put32(s[4], uint32(used))
}

func (o *openFile) list() ([]fs.DirEntry, error) {
	f, err := o.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	entries, err := f.ReadDir(maxListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

func dirEntry(e fs.DirEntry, next uint64) []byte {
	b := make([]byte, 24, 24+len(e.Name()))
	binary.LittleEndian.PutUint64(b, next)
	binary.LittleEndian.PutUint64(b[8:], next)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(e.Name())))
	b[20] = typeOf(e.Type())
	return append(b, e.Name()...)
}
