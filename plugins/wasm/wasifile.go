package wasm

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"io/fs"
)

// The types of files.
const (
	typeCharacter = 2
	typeFolder    = 3
	typeFile      = 4
	typeLink      = 7
)

const (
	maxPath  = 4096
	pathFuel = 128 // for each element: the system is asked for each of them
)

// path reads a path of the module's.
func (t *task) path(ptr, size uint64) (string, bool) {
	if uint32(size) > maxPath {
		return "", false
	}
	b, ok := t.bytes(ptr, size)
	t.burnBytes(len(b))
	t.burn(pathFuel * int64(1+bytes.Count(b, []byte("/"))))
	return string(b), ok
}

func pathOpen(t *task, s []uint64) uint64 {
	const create, directory, truncate, rightWrite = 1, 2, 8, 1 << 6
	dir := t.files().get(uint32(s[0]))
	path, ok := t.path(s[2], s[3])
	switch {
	case dir == nil:
		return wasiBadFile
	case !ok:
		return wasiFault
	case s[4]&(create|truncate) != 0 || s[5]&rightWrite != 0:
		return wasiReadOnly
	}
	var found *openFile
	var code uint64
	t.outside(func(context.Context) { found, code = dir.find(path) })
	if code != wasiOK {
		return code
	}
	if found.root == nil && s[4]&directory != 0 {
		found.close()
		return wasiNotDir
	}
	fd, ok := t.in.files.add(found)
	if !ok {
		found.close()
		return wasiTooMany
	}
	return t.put32(s[8], fd)
}

func fdClose(t *task, s []uint64) uint64 {
	if uint32(s[0]) <= 2 || t.files().drop(uint32(s[0])) {
		return wasiOK
	}
	return wasiBadFile
}

func fdStat(t *task, s []uint64) uint64 {
	var b [24]byte
	const readRights = 1<<1 | 1<<2 | 1<<5 | 1<<13 | 1<<14 | 1<<18 | 1<<21 // read, seek, tell, open, list, stats
	b[0] = typeCharacter
	if fd := uint32(s[0]); fd > 2 {
		o := t.files().get(fd)
		if o == nil {
			return wasiBadFile
		}
		b[0] = typeFile
		if o.root != nil {
			b[0] = typeFolder
		}
		binary.LittleEndian.PutUint64(b[8:], readRights)
		binary.LittleEndian.PutUint64(b[16:], readRights)
	} else {
		binary.LittleEndian.PutUint64(b[8:], 1<<1|1<<6)
	}
	return t.putBytes(s[1], b[:])
}

func (t *task) putBytes(ptr uint64, b []byte) uint64 {
	if !t.in.mem.Write(uint32(ptr), b) {
		return wasiFault
	}
	return wasiOK
}

func fdFileStat(t *task, s []uint64) uint64 {
	fd := uint32(s[0])
	if fd <= 2 {
		var b [64]byte
		b[16] = typeCharacter
		return t.putBytes(s[1], b[:])
	}
	o := t.files().get(fd)
	if o == nil {
		return wasiBadFile
	}
	var i fs.FileInfo
	var err error
	t.outside(func(context.Context) {
		if o.file != nil {
			i, err = o.file.Stat()
		} else {
			i, err = o.root.Stat(".")
		}
	})
	return t.putStat(s[1], i, err)
}

func pathFileStat(t *task, s []uint64) uint64 {
	dir := t.files().get(uint32(s[0]))
	path, ok := t.path(s[2], s[3])
	switch {
	case dir == nil:
		return wasiBadFile
	case !ok:
		return wasiFault
	case dir.root == nil:
		return wasiNotDir
	}
	var i fs.FileInfo
	var err error
	t.outside(func(context.Context) {
		if s[1]&1 != 0 { // follow a link
			i, err = dir.root.Stat(path)
		} else {
			i, err = dir.root.Lstat(path)
		}
	})
	return t.putStat(s[4], i, err)
}

func (t *task) putStat(ptr uint64, i fs.FileInfo, err error) uint64 {
	if err != nil {
		return errnoOf(err)
	}
	var b [64]byte
	b[16] = typeOf(i.Mode())
	binary.LittleEndian.PutUint64(b[24:], 1)
	binary.LittleEndian.PutUint64(b[32:], uint64(i.Size()))
	for at := 40; at < 64; at += 8 {
		binary.LittleEndian.PutUint64(b[at:], uint64(i.ModTime().UnixNano()))
	}
	return t.putBytes(ptr, b[:])
}

func typeOf(m fs.FileMode) byte {
	switch {
	case m.IsDir():
		return typeFolder
	case m.IsRegular():
		return typeFile
	case m&fs.ModeSymlink != 0:
		return typeLink
	}
	return 0
}

func prestat(t *task, s []uint64) uint64 {
	o := t.files().get(uint32(s[0]))
	if o == nil || o.granted == "" {
		return wasiBadFile
	}
	var b [8]byte
	binary.LittleEndian.PutUint32(b[4:], uint32(len(o.granted)+1))
	return t.putBytes(s[1], b[:])
}

func prestatName(t *task, s []uint64) uint64 {
	o := t.files().get(uint32(s[0]))
	if o == nil || o.granted == "" {
		return wasiBadFile
	}
	name := "/" + o.granted
	if int(uint32(s[2])) < len(name) {
		return wasiInvalid
	}
	return t.putBytes(s[1], []byte(name))
}

func fdSeek(t *task, s []uint64) uint64 {
	o := t.files().get(uint32(s[0]))
	if o == nil {
		return wasiBadFile
	}
	if o.file == nil || o.root != nil || uint32(s[2]) > io.SeekEnd {
		return wasiNotSeekable
	}
	at, err := o.file.Seek(int64(s[1]), int(uint32(s[2])))
	if err != nil {
		return wasiInvalid
	}
	return t.put64(s[3], uint64(at))
}

func fdTell(t *task, s []uint64) uint64 {
	return fdSeek(t, []uint64{s[0], 0, io.SeekCurrent, s[1]})
}
