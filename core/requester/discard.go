package requester

import (
	"sync/atomic"

	"github.com/postern/postern/sdk"
)

// discard is the writer of a file that is there already: its rest is received once more only so that the server learns
// that the transfer is over.
type discard struct {
	end  atomic.Int64
	path string
}

var _ sdk.Writer = (*discard)(nil)

func (d *discard) WriteAt(bufs [][]byte, off int64) error {
	for _, b := range bufs {
		off += int64(len(b))
	}
	d.end.Store(max(d.end.Load(), off))
	return nil
}

func (d *discard) Sync() (int64, []byte, error)        { return d.end.Load(), nil, nil }
func (d *discard) Truncate(off int64) error            { d.end.Store(off); return nil }
func (d *discard) Commit(sdk.OnExists) (string, error) { return d.path, nil }
func (d *discard) Close() error                        { return nil }
func (d *discard) Discard() error                      { return nil }
