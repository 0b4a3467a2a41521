package stream

// Filters are the filters of one transfer as one. A stream closes those that it was given, and asks nothing of them
// after an error. Calls never overlap.
//
// Bytes go in where Room says and come out of Next in pieces. A full block is worked on by Next; Flush and Finish have it
// work on the rest too.
type Filters interface {
	// Room is where the next bytes go, in the order of the file: the free part of a block in the filters' own memory. It
	// is full, and empty, until Next gave nothing; and empty after an error, which Next returns.
	Room() []byte
	// Put says that the first n bytes of Room were filled.
	Put(n int)
	// Flush and Finish say that Next is to work on blocks that are not full; Finish that nothing more is put.
	Flush()
	Finish()
	// Next returns what came out next, until ok is false. The bytes are valid until the next call. They may lie in memory
	// of a filter that works on the next block meanwhile and may not be trusted: what is read twice has to be copied.
	Next() (out []byte, ok bool, err error)
	// Ended reports whether nothing more of this file is wanted.
	Ended() bool
	// Snapshot is what filters of another attempt need to go on behind what came out so far; nil: they cannot. It is
	// asked for after Flush, once Next gave nothing.
	Snapshot() []byte
	// Offsets are the bytes that went in and came out, those of earlier attempts counted.
	Offsets() (in, out int64)
	Close() error
}

// directWrite is what a filter must give at once for it to be written from where it is; less is collected.
const directWrite = 64 << 10

// filtered gathers blocks for the filters and writes what they give. It belongs to the writer's goroutine.
type filtered struct {
	Filters
	r   *Receiver
	buf *Buffer   // collected; nil: nothing was yet
	n   int       // bytes of buf not written yet
	one [1][]byte // the list of one write
}

// take gathers stored bytes. After a filter ended the file they are only counted.
func (f *filtered) take(b []byte) error {
	if f.r.dig.wire != nil {
		f.r.dig.wire.Write(b)
	}
	for len(b) > 0 && !f.Ended() {
		room := f.Room()
		k := copy(room, b)
		f.Put(k)
		b = b[k:]
		if k < len(room) {
			return nil
		}
		if err := f.drain(); err != nil {
			return err
		}
	}
	return nil
}

// point has everything so far filtered and written, and returns what another attempt needs to go on behind it.
func (f *filtered) point() ([]byte, error) {
	if !f.Ended() {
		f.Flush()
		if err := f.drain(); err != nil {
			return nil, err
		}
	}
	if err := f.flush(); err != nil {
		return nil, err
	}
	if state := f.Snapshot(); state != nil {
		return state, nil
	}
	return Stuck(), nil
}

// finish has the rest filtered and written.
func (f *filtered) finish() error {
	if !f.Ended() {
		f.Finish()
		if err := f.drain(); err != nil {
			return err
		}
	}
	return f.flush()
}

// drain takes what comes out.
func (f *filtered) drain() error {
	for {
		out, ok, err := f.Next()
		if err != nil || !ok {
			return err
		}
		if err := f.put(out); err != nil {
			return err
		}
	}
}

// put writes what came out, or collects it where it is short, and where it is digested: what is digested must be what is
// written, and it was not copied yet.
func (f *filtered) put(out []byte) error {
	if len(out) >= directWrite && f.r.dig.file == nil {
		if err := f.flush(); err != nil {
			return err
		}
		return f.write(out)
	}
	for len(out) > 0 {
		if f.buf == nil {
			f.buf = f.r.o.Pool.Lend(2 * directWrite)
		}
		k := copy(f.buf.B[f.n:], out)
		if f.r.dig.file != nil {
			f.r.dig.file.Write(f.buf.B[f.n : f.n+k])
		}
		f.n, out = f.n+k, out[k:]
		if f.n >= min(goodWrite, len(f.buf.B)-directWrite) {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes what was collected.
func (f *filtered) flush() error {
	n := f.n
	if f.n = 0; n == 0 {
		return nil
	}
	return f.write(f.buf.B[:n])
}

func (f *filtered) write(b []byte) error {
	f.one[0] = b
	if err := f.r.writeAt(f.one[:], f.r.pos.File); err != nil {
		return err
	}
	f.r.pos.File += int64(len(b))
	return nil
}

// close closes the filters. What one of them says of it changes nothing: its last block is what counts.
func (f *filtered) close() {
	_ = f.Close()
	if f.buf != nil {
		f.buf.Release()
		f.buf = nil
	}
}
