package line

import (
	"fmt"

	"github.com/postern/postern/sdk"
)

// counts are what has passed on the wire of one file since its first byte. They are kept with each sync point, so
// that a restart counts on exactly.
type counts struct {
	bytes, records int64
	part           int64 // bytes of the record that has begun
}

const stateFormat = "line1 bytes=%d records=%d part=%d"

// state is what is stored with a sync point.
func (c counts) state() []byte { return fmt.Appendf(nil, stateFormat, c.bytes, c.records, c.part) }

// readState is the inverse; no state means no counts.
func readState(state []byte) (c counts, err error) {
	if len(state) == 0 {
		return c, nil
	}
	n, err := fmt.Sscanf(string(state), stateFormat, &c.bytes, &c.records, &c.part)
	if err != nil || n != 3 || c.bytes < 0 || c.records < 0 || c.part < 0 {
		return counts{}, fmt.Errorf("read the state of a sync point: %q is none of ours", state)
	}
	return c, nil
}

func (c *counts) add(n int64, recordEnd bool) {
	c.bytes += n
	c.part += n
	if recordEnd {
		c.records++
		c.part = 0
	}
}

// flow is the data of one transfer, as either side sees it.
type flow struct {
	counts counts
	base   counts // at the start of this attempt
	last   int64  // sync point that passed last
	acked  int64  // sync point acknowledged last
	since  int64  // bytes since the last point
	moved  bool   // data has passed since START or REWOUND
}

// start positions the flow at a point, at the beginning of an attempt.
func (f *flow) start(point int64, state []byte) error {
	if err := f.back(point, state); err != nil {
		return err
	}
	f.base = f.counts
	return nil
}

// back positions the flow at a point.
func (f *flow) back(point int64, state []byte) error {
	c, err := readState(state)
	if err != nil {
		return err
	}
	f.counts, f.last, f.acked, f.since, f.moved = c, point, point, 0, false
	return nil
}

func (f *flow) add(n int64, recordEnd bool) {
	f.counts.add(n, recordEnd)
	f.since += n
	f.moved = true
}

// sync passes the next point.
func (f *flow) sync() {
	f.last++
	f.since, f.moved = 0, true
}

// synced acknowledges the points up to n. It reports false when n was not open.
func (f *flow) synced(n int64) bool {
	if n <= f.acked || n > f.last {
		return false
	}
	f.acked = n
	return true
}

// open is the number of points that wait for their acknowledgement.
func (f *flow) open() int64 { return f.last - f.acked }

// agrees compares the figures of the other side: of the whole file, or of this attempt alone.
func (f *flow) agrees(c sdk.Counts) bool {
	whole, part := f.counts, f.counts
	part.bytes -= f.base.bytes
	part.records -= f.base.records
	return !c.Known || c.Bytes == whole.bytes && c.Records == whole.records || c.Bytes == part.bytes && c.Records == part.records
}

// next says how the sender goes on: with data, with a point, or not before a point was acknowledged.
func (d *dialogue) next() sdk.Next {
	switch {
	case d.room() > 0:
		return sdk.Continue
	case d.agreed.window > 0 && d.flow.open() >= d.agreed.window:
		return sdk.Blocked
	}
	return sdk.PointDue
}

// room is how many bytes may pass before the next point. Where headers are filled in place a payload cannot be cut in
// two, so that the point is due as soon as a whole one does not fit.
func (d *dialogue) room() int64 {
	if d.agreed.interval == 0 {
		return 1 << 62
	}
	room := d.agreed.interval - d.flow.since
	if d.framing() && room < int64(d.frameMax()) {
		return 0
	}
	return max(room, 0)
}
