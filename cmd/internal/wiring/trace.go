package wiring

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/postern/postern/core/count"
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// Trace prints the messages of one PeSIT call as they pass, decoded, one a line, with every password as ***. File data
// is counted, and data units in a row are one line. Bytes may be called from several goroutines.
type Trace struct {
	mu        sync.Mutex
	out       io.Writer
	sent, got traced
}

// traced is one direction of a call.
type traced struct {
	sign     string
	splitter wire.Splitter
	logon    bool // a pre-connection message, or its answer, comes first
	lost     bool // something could not be read: what follows makes no sense
	waiting  []byte
	units    int // data units that are not printed yet
	bytes    int // of these, headers included
}

// NewTrace traces a call made with these settings.
func NewTrace(out io.Writer, settings sdk.Terms) *Trace {
	link := wire.Link{CRC: settings.Flag(pesit.SettingCRC)}
	if slices.Contains(settings.Words(pesit.SettingFraming), "raw") {
		link.Framing = wire.Raw
	}
	direction := func(sign string) traced {
		return traced{sign: sign, splitter: wire.Splitter{Link: link}, logon: settings.Flag(pesit.SettingLogon)}
	}
	return &Trace{out: out, sent: direction("->"), got: direction("<-")}
}

// Bytes takes what was sent or received.
func (t *Trace) Bytes(sent bool, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, other := &t.got, &t.sent
	if sent {
		d, other = other, d
	}
	if d.lost {
		return
	}
	d.waiting = append(d.waiting, b...)
	for d.next(t.out, other) {
	}
	d.waiting = append(d.waiting[:0:0], d.waiting...) // lets go of what was printed
}

// Close prints what was only counted so far.
func (t *Trace) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.flush(t.out)
	t.got.flush(t.out)
}

// next prints one unit; false: there is none.
func (d *traced) next(out io.Writer, other *traced) bool {
	if d.logon {
		return d.logged(out)
	}
	f, used, err := d.splitter.Next(d.waiting)
	if errors.Is(err, wire.ErrMore) {
		return false
	}
	d.waiting = d.waiting[used:]
	if err != nil {
		d.flush(out)
		fmt.Fprintf(out, "%s unreadable: %v\n", d.sign, err)
		d.lost = used == 0
		return used > 0
	}
	if f.Type.IsData() {
		d.units++
		d.bytes += used
		return true
	}
	d.flush(out)
	other.flush(out)
	fmt.Fprintf(out, "%s %s\n", d.sign, wire.Trace(f))
	return true
}

// logged prints the pre-connection message or its answer.
func (d *traced) logged(out io.Writer) bool {
	what, used := "", 0
	var err error
	if strings.HasPrefix(d.sign, "-") {
		var l wire.Logon
		l, used, err = wire.ReadLogon(d.waiting, d.splitter.Framing)
		what = l.String()
	} else {
		var yes bool
		yes, used, err = wire.ReadLogonAnswer(d.waiting, d.splitter.Framing)
		what = map[bool]string{true: "ACK0", false: "NAK0"}[yes]
	}
	if errors.Is(err, wire.ErrMore) {
		return false
	}
	if err != nil {
		what, d.lost = "unreadable: "+err.Error(), true
	}
	fmt.Fprintf(out, "%s %s\n", d.sign, what)
	d.logon, d.waiting = false, d.waiting[used:]
	return !d.lost
}

// flush prints the data units that were counted.
func (d *traced) flush(out io.Writer) {
	if d.units > 0 {
		fmt.Fprintf(out, "%s DTF: %s, %s\n", d.sign, count.Of(d.units, "unit"), count.Of(d.bytes, "byte"))
	}
	d.units, d.bytes = 0, 0
}
