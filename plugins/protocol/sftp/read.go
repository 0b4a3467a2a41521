package sftp

import (
	"fmt"
	"math"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// hearRead wants bytes of a file.
func (d *Dialogue) hearRead(h *hearing, head wire.Head, c *wire.Cursor) error {
	handle, at, n := c.String(), c.Uint64(), c.Uint32()
	f := d.byHandle(handle)
	switch {
	case c.Bad():
		return h.bad(head)
	case f == nil:
		return h.say(head, wire.Failure, textHandle)
	case f.kind == writing:
		return h.say(head, wire.PermissionDenied, textWritten)
	case f.kind == listing:
		return h.say(head, wire.Failure, textFolder)
	case f.failed != nil:
		h.out = appendRefusal(h.out, head.ID, f.failed)
		return nil
	case n == 0, at > math.MaxInt64-wire.MaxData:
		return h.say(head, wire.EOF, "")
	}
	w := d.want(f, want{id: head.ID, size: int(min(n, wire.MaxData))})
	d.tell(h, sdk.Event{Kind: sdk.KindWant, Ref: f.ref, Tag: w.tag, At: int64(at), Len: w.size})
	return nil
}

// sayData answers a READ: m.Bytes is the gap that Frame asks for and the payload behind it, at most what was wanted. No
// bytes mean the end of the file.
func (d *Dialogue) sayData(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	w, f, ok := d.wanted(m.Tag)
	if !ok || w.ref != m.Ref {
		return sdk.Said{}, out, nil // it was answered when the file was stopped
	}
	n := len(m.Bytes) - wire.DataGap
	switch {
	case f.kind != reading:
		return sdk.Said{}, out, d.unfit(m)
	case n <= 0:
		return sdk.Said{Used: len(m.Bytes)}, wire.AppendStatus(out, d.got(w, f), wire.EOF, ""), nil
	case n > w.size:
		return sdk.Said{}, out, fmt.Errorf("sftp: %d bytes answer a READ of %d", n, w.size)
	}
	wire.PutData(m.Bytes, d.got(w, f), n)
	return sdk.Said{Used: len(m.Bytes)}, out, nil
}
