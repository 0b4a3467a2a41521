package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
)

// stdio is the standard input and output of a command. A reactor's input is empty, and its output goes to the log.
type stdio struct{ in, out []byte }

const maxVectors = 1024

// vectors gives views of the buffers that a list of pointers and lengths names.
func (t *task) vectors(ptr, n uint64) ([][]byte, uint64) {
	if uint32(n) > maxVectors {
		return nil, wasiInvalid
	}
	list, ok := t.bytes(ptr, uint64(uint32(n))*8)
	if !ok {
		return nil, wasiFault
	}
	t.burn(int64(uint32(n)))
	out := make([][]byte, 0, uint32(n))
	for ; len(list) > 0; list = list[8:] {
		b, ok := t.bytes(uint64(binary.LittleEndian.Uint32(list)), uint64(binary.LittleEndian.Uint32(list[4:])))
		if !ok {
			return nil, wasiFault
		}
		out = append(out, b)
	}
	return out, wasiOK
}

func fdWrite(t *task, s []uint64) uint64 {
	fd := uint32(s[0])
	if fd != 1 && fd != 2 {
		return wasiBadFile
	}
	bufs, code := t.vectors(s[1], s[2])
	if code != wasiOK {
		return code
	}
	written := 0
	for _, b := range bufs {
		t.burnBytes(len(b))
		t.write(fd, b)
		written += len(b)
	}
	return t.put32(s[3], uint32(written))
}

// write takes what a module writes: a command's output is its answer, all else goes to the log.
func (t *task) write(fd uint32, b []byte) {
	if fd == 1 && t.std != nil {
		if len(t.std.out)+len(b) > maxReply {
			panic(stopped(ErrReply, "its output has more than %s bytes", grouped(maxReply)))
		}
		t.std.out = append(t.std.out, b...)
		return
	}
	t.in.lines.write(t, b)
}

func fdRead(t *task, s []uint64) uint64 {
	return t.read(s[0], s[1], s[2], s[3], func(o *openFile, b []byte) (int, error) { return o.file.Read(b) })
}

func fdPread(t *task, s []uint64) uint64 {
	at := int64(s[3])
	if at < 0 {
		return wasiInvalid
	}
	return t.read(s[0], s[1], s[2], s[4], func(o *openFile, b []byte) (int, error) {
		n, err := o.file.ReadAt(b, at)
		at += int64(n)
		return n, err
	})
}

// read fills a module's buffers from a file, or from standard input.
func (t *task) read(fd, ptr, n, size uint64, from func(*openFile, []byte) (int, error)) uint64 {
	bufs, code := t.vectors(ptr, n)
	if code != wasiOK {
		return code
	}
	if uint32(fd) == 0 {
		return t.put32(size, t.readInput(bufs))
	}
	o := t.files().get(uint32(fd))
	if o == nil {
		return wasiBadFile
	}
	if o.root != nil {
		return wasiIsDir
	}
	total := 0
	for _, b := range bufs {
		var got int
		var err error
		b = b[:min(len(b), 1<<20)]
		t.burnBytes(len(b))
		t.outside(func(context.Context) { got, err = from(o, b) })
		total += got
		if err != nil && !errors.Is(err, io.EOF) {
			return wasiIO
		}
		if got < len(b) {
			break
		}
	}
	return t.put32(size, uint32(total))
}

func (t *task) readInput(bufs [][]byte) uint32 {
	if t.std == nil {
		return 0
	}
	total := 0
	for _, b := range bufs {
		n := copy(b, t.std.in)
		t.burnBytes(n)
		t.std.in = t.std.in[n:]
		total += n
	}
	return uint32(total)
}
