package stream

import "github.com/postern/postern/sdk"

// supply gives the bytes that a cutter cuts.
type supply interface {
	// read fills b as far as the file goes; eof says that nothing follows.
	read(b []byte) (n int, eof bool, err error)
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
