package stream

import (
	"errors"

	"github.com/postern/postern/sdk"
)

// chain passes blocks through filters in order.
type chain []sdk.Filter

// block returns what takes the block's place; it is valid until the next call. ended says that a filter wants nothing
// more: the filters behind it have had their last block then, as they have when last is set.
func (c chain) block(in []byte, last bool) (out []byte, ended bool, err error) {
	for _, f := range c {
		if len(in) == 0 && !last {
			return nil, false, nil
		}
		// Its capacity ends with the block: what lies behind is somebody else's.
		got, err := f.Block(in[:len(in):len(in)], last)
		if err != nil {
			if sdk.CodeOf(err) == "" {
				err = sdk.Refuse(sdk.ExitFailed, "a filter failed").Because(err)
			}
			return nil, false, err
		}
		in, last = got.Bytes, last || got.End
	}
	return in, last, nil
}

// close closes every filter.
func (c chain) close() error {
	var errs []error
	for _, f := range c {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// filtered collects what filters put out and writes it in large batches. It belongs to the writer's goroutine.
type filtered struct {
	r   *Receiver
	buf *Buffer
	n   int       // bytes of buf not written yet
	one [1][]byte // the list of one write
}

// block passes one block through the filters. After a filter ended the file, blocks are only counted.
func (f *filtered) block(b []byte, last bool) error {
	d := &f.r.dig
	if d.wire != nil {
		d.wire.Write(b)
	}
	if d.ended {
		return nil
	}
	out, ended, err := chain(f.r.o.Filters).block(b, last)
	if err != nil {
		return err
	}
	d.ended = ended
	for len(out) > 0 {
		k := copy(f.buf.B[f.n:], out)
		f.n += k
		out = out[k:]
		if f.n >= goodWrite {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush writes what was collected.
func (f *filtered) flush() error {
	if f.n == 0 {
		return nil
	}
	b := f.buf.B[:f.n]
	f.one[0] = b
	if err := f.r.writeAt(f.one[:], f.r.pos.File); err != nil {
		return err
	}
	if f.r.dig.file != nil {
		f.r.dig.file.Write(b)
	}
	f.r.pos.File += int64(f.n)
	f.n = 0
	return nil
}

// close closes the filters. What one of them says of it changes nothing: its last block is what counts.
func (f *filtered) close() {
	_ = chain(f.r.o.Filters).close()
	f.buf.Release()
}
