package exchange

import "github.com/postern/postern/core/stream"

// flight counts who still needs the bytes of a chunk: the loop, and the writes under way. It belongs to the loop.
type flight struct {
	*stream.Chunk
	outlet  *Outlet
	holders int
	written func() // release, made once
}

func (f *flight) hold() { f.holders++ }

func (f *flight) release() {
	if f.holders--; f.holders == 0 {
		f.Release()
		f.Chunk = nil
		f.outlet.spare = append(f.outlet.spare, f)
	}
}

// fly takes a chunk into use.
func (o *Outlet) fly(c *stream.Chunk) *flight {
	var f *flight
	if n := len(o.spare); n > 0 {
		f, o.spare = o.spare[n-1], o.spare[:n-1]
	} else {
		f = &flight{outlet: o}
		f.written = f.release
	}
	f.Chunk, f.holders = c, 1
	return f
}
