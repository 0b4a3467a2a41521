package wire

import (
	"encoding/binary"
	"errors"
)

// HeadSize is how many bytes ReadHead needs: length, type, and the id that every packet but INIT and VERSION bears.
const HeadSize = 9

var (
	// ErrMore says that more bytes are needed.
	ErrMore = errors.New("sftp: more bytes needed")
	// ErrLength says that a packet has a length that no packet may have; what follows it cannot be found.
	ErrLength = errors.New("sftp: the length of a packet is out of range")
)

// Head is what every packet begins with.
type Head struct {
	Size int // of the whole packet with its length field
	Type Type
	ID   uint32 // of INIT and VERSION: the version
}

// ReadHead reads the head of the packet that in begins with.
func ReadHead(in []byte) (Head, error) {
	if len(in) < 4 {
		return Head{}, ErrMore
	}
	n := binary.BigEndian.Uint32(in)
	if n < HeadSize-4 || n > MaxLength {
		return Head{}, ErrLength
	}
	if len(in) < HeadSize {
		return Head{}, ErrMore
	}
	return Head{int(n) + 4, Type(in[4]), binary.BigEndian.Uint32(in[5:])}, nil
}

// Cursor reads fields one after the other. Once a field does not fit, it and all later ones are zero and Bad reports true.
type Cursor struct {
	rest []byte
	bad  bool
}

// NewCursor reads b.
func NewCursor(b []byte) Cursor { return Cursor{rest: b} }

// Bad reports whether a field went beyond the end.
func (c *Cursor) Bad() bool { return c.bad }

func (c *Cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.rest)) {
		c.bad, c.rest = true, nil
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// Uint32 reads four bytes.
func (c *Cursor) Uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads eight bytes.
func (c *Cursor) Uint64() uint64 {
	if b := c.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// String reads a string as a slice of the input.
func (c *Cursor) String() []byte { return c.take(uint64(c.Uint32())) }

// Attrs reads attributes. Extended pairs are passed over.
func (c *Cursor) Attrs() Attrs {
	a := Attrs{Flags: c.Uint32()}
	if a.Flags&AttrSize != 0 {
		a.Size = c.Uint64()
	}
	if a.Flags&AttrOwner != 0 {
		a.UID, a.GID = c.Uint32(), c.Uint32()
	}
	if a.Flags&AttrMode != 0 {
		a.Mode = c.Uint32()
	}
	if a.Flags&AttrTimes != 0 {
		a.ATime, a.MTime = c.Uint32(), c.Uint32()
	}
	if a.Flags&AttrExtended != 0 {
		for n := c.Uint32(); n > 0 && !c.bad; n-- { // each pair takes eight bytes at least, so that it ends with the input
			c.String()
			c.String()
		}
	}
	if c.bad {
		return Attrs{}
	}
	return a
}

// WriteHead is what stands before the payload of a WRITE.
type WriteHead struct {
	Handle []byte // slice of the input
	Offset uint64
	Before int // bytes before the payload
	Len    int // of the payload
	After  int // bytes behind it that mean nothing
}

// ReadWrite reads a WRITE whose payload may still be under way; h is its head. ok is false when its fields do not fit into
// its length.
func ReadWrite(in []byte, h Head) (w WriteHead, ok bool, err error) {
	const fixed = HeadSize + 4
	if h.Size < fixed {
		return w, false, nil
	}
	if len(in) < fixed {
		return w, false, ErrMore
	}
	n := binary.BigEndian.Uint32(in[HeadSize:])
	w.Before = fixed + int(n&0xFFFF) + 12
	if n > MaxHandle || w.Before > h.Size {
		return w, false, nil
	}
	if len(in) < w.Before {
		return w, false, ErrMore
	}
	w.Handle = in[fixed : w.Before-12]
	w.Offset = binary.BigEndian.Uint64(in[w.Before-12:])
	size := binary.BigEndian.Uint32(in[w.Before-4:])
	if uint64(size) > uint64(h.Size-w.Before) {
		return w, false, nil
	}
	w.Len = int(size)
	w.After = h.Size - w.Before - w.Len
	return w, true, nil
}
