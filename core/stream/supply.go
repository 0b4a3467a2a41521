package stream

import (
	"hash"

	"crypto/sha256"

	"github.com/postern/postern/sdk"
)

// supply gives the bytes that a cutter cuts.
type supply interface {
	// read fills b as far as the file goes; eof says that nothing follows.
	read(b []byte) (n int, eof bool, err error)
	// progress is how far the stored file was read, and the digests once all was.
	progress(last bool) (file int64, s *sums, err error)
	close()
}

// plain is the stored file itself.
type plain struct {
	r         sdk.Reader
	off, size int64
	one       [1][]byte
}

func (p *plain) read(b []byte) (int, bool, error) {
	n := int(min(int64(len(b)), p.size-p.off))
	p.one[0] = b[:n]
	if err := readFull(p.r, p.one[:], p.off); err != nil {
		return 0, false, err
	}
	p.off += int64(n)
	return n, p.off == p.size, nil
}

func (p *plain) progress(bool) (int64, *sums, error) { return p.off, nil, nil }
func (p *plain) close()                              {}

// strained is the stored file behind filters, always from its beginning.
type strained struct {
	plain
	filters    chain
	block      *Buffer
	left       []byte // what the filters put out and nobody took; valid until their next block
	ended      bool
	file, wire hash.Hash // nil: off
}

func newStrained(s *Sender) *strained {
	st := &strained{plain: plain{r: s.o.Reader, size: s.size}, filters: s.o.Filters, block: s.o.Pool.Get()}
	if s.o.Digest {
		st.file, st.wire = sha256.New(), sha256.New()
	}
	return st
}

func (s *strained) read(b []byte) (n int, eof bool, err error) {
	for {
		k := copy(b[n:], s.left)
		n += k
		if s.left = s.left[k:]; n == len(b) || s.ended {
			return n, s.ended && len(s.left) == 0, nil
		}
		if err := s.strain(); err != nil {
			return n, false, err
		}
	}
}

// strain passes the next block through the filters.
func (s *strained) strain() error {
	n, last, err := s.plain.read(s.block.B[:filterRoom])
	if err != nil {
		return err
	}
	if s.file != nil {
		s.file.Write(s.block.B[:n])
	}
	if s.left, s.ended, err = s.filters.block(s.block.B[:n], last); err != nil {
		return err
	}
	if s.wire != nil {
		s.wire.Write(s.left)
	}
	return nil
}

func (s *strained) progress(last bool) (int64, *sums, error) {
	if !last {
		return s.off, nil, nil
	}
	d := &sums{wire: sumOf(s.wire)}
	if s.off == s.size {
		d.file = sumOf(s.file)
	}
	return s.off, d, nil
}

func (s *strained) close() { s.block.Release() }
