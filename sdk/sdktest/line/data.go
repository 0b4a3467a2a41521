package line

import (
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/postern/postern/sdk"
)

// frameGap is the length of a header that is filled in place: a DATA line padded with blanks.
const frameGap = 40

// framing reports whether payloads of the current transfer are sent with headers filled in place.
func (d *dialogue) framing() bool { return d.framed && d.sender }

// frameMax is the longest payload after such a header. No payload crosses a sync point.
func (d *dialogue) frameMax() int {
	if d.agreed.interval > 0 {
		return int(min(d.agreed.block, d.agreed.interval))
	}
	return int(d.agreed.block)
}

// sayData writes the payload behind as many DATA lines as the agreed block needs, up to the next sync point.
func (d *dialogue) sayData(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.state == chosen {
		return d.sayWanted(m, out)
	}
	if d.framing() {
		return d.sayFramed(m, out)
	}
	used, at := 0, m.At
	for room := d.room(); used < len(m.Bytes) && room > 0; room = d.room() {
		n := int(min(int64(len(m.Bytes)-used), room, d.agreed.block))
		end := m.RecordEnd && used+n == len(m.Bytes)
		out = d.appendBlock(out, m.Bytes[used:used+n], end, at, -1)
		if at >= 0 {
			at += int64(n)
		}
		used += n
		d.flow.add(int64(n), end)
	}
	if len(m.Bytes) == 0 && m.RecordEnd {
		out = d.appendBlock(out, nil, true, at, -1)
		d.flow.add(0, true)
	}
	return sdk.Said{Next: d.next(), Used: used}, out, nil
}

// sayWanted answers a random read with one block.
func (d *dialogue) sayWanted(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.wants == 0 {
		return sdk.Said{}, out, errUnsaid
	}
	if len(m.Bytes) > maxBlock {
		return sdk.Said{}, out, fmt.Errorf("%d bytes are more than one block", len(m.Bytes))
	}
	d.answered()
	return sdk.Said{Used: len(m.Bytes)}, d.appendBlock(out, m.Bytes, false, m.At, int64(m.Tag)), nil
}

// appendBlock writes a DATA line and its payload.
func (d *dialogue) appendBlock(out, payload []byte, end bool, at, tag int64) []byte {
	out = d.appendHeader(out, payload, end)
	if at >= 0 {
		out = appendNumber(out, "at", at)
	}
	if tag >= 0 {
		out = appendNumber(out, "tag", tag)
	}
	return append(append(out, '\n'), payload...)
}

func (d *dialogue) appendHeader(out, payload []byte, end bool) []byte {
	out = strconv.AppendInt(append(out, "DATA "...), int64(len(payload)), 10)
	if end {
		out = append(out, " end"...)
	}
	if d.agreed.crc {
		out = strconv.AppendUint(append(out, " crc="...), uint64(crc32.ChecksumIEEE(payload)), 16)
	}
	return out
}

// sayFramed fills the gaps before the payloads that m.Bytes holds, as [sdk.Framer] lays them out. It appends nothing
// to out. Only whole payloads are taken.
func (d *dialogue) sayFramed(m *sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if m.At >= 0 {
		return sdk.Said{}, out, fmt.Errorf("framed data at an offset: %w", errUnsaid)
	}
	used := 0
	for used+frameGap <= len(m.Bytes) && d.room() > 0 {
		gap := m.Bytes[used : used+frameGap]
		payload := m.Bytes[used+frameGap : min(used+frameGap+d.frameMax(), len(m.Bytes))]
		used += frameGap + len(payload)
		end := m.RecordEnd && used == len(m.Bytes)
		for i := range gap {
			gap[i] = ' '
		}
		gap[frameGap-1] = '\n'
		d.appendHeader(gap[:0], payload, end)
		d.flow.add(int64(len(payload)), end)
	}
	return sdk.Said{Next: d.next(), Used: used}, out, nil
}
