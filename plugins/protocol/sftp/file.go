package sftp

import (
	"encoding/binary"
	"time"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// kind is what a file is open for.
type kind uint8

const (
	single  kind = iota // a request that one answer ends
	writing             // a transfer to us
	reading             // a transfer from us
	listing             // a folder
)

// state is what the core is asked about a file, or that it stands open.
type state uint8

const (
	requested state = iota // Request waits for Grant, Reply or Refuse
	beginning              // Begin waits for Start or Refuse
	standing               // the client has a handle
	finishing              // Finish waits for Finished or Refuse
)

// file is a request under way, and what became of it.
type file struct {
	used    bool
	kind    kind
	state   state
	ref     uint32
	token   uint64 // the handle; 0: none
	id      uint32 // of the packet to which the core's answer belongs, while owing
	packet  wire.Type
	action  sdk.Action
	owing   bool
	wants   int // owed under tags and points
	name    string
	failed  *sdk.Refusal // the core stopped it, or it is to be closed with this
	size    int64        // -1: unknown
	changed time.Time
	point   int64 // the last sync point asked for
	rows    []sdk.DirEntry
	more    bool   // there are rows that the core still has
	row     int64  // rows that came from the core
	turned  bool   // a Want for rows is owed
	about   uint32 // of a SETSTAT by handle: the ref of the file that is open
	resize  int64  // and its new size; -1: none
}

// The lowest bits of a ref are the index of its file, those of a token too. 64 handles and 64 single requests fit.
const refBits = 7

// take makes a file for a new request.
func (d *Dialogue) take(k kind, h wire.Head, name string) *file {
	at := 0
	for at < len(d.files) && d.files[at].used {
		at++
	}
	if at == len(d.files) {
		d.files = append(d.files, new(file))
	}
	d.uses++
	f := d.files[at]
	*f = file{used: true, kind: k, ref: d.uses<<refBits | uint32(at), name: name, size: -1, resize: -1}
	if k != single {
		d.handles++
	}
	d.owe(f, h)
	return f
}

// drop frees a file; nothing may be owed under it.
func (d *Dialogue) drop(f *file) {
	if f.kind != single {
		d.handles--
	}
	*f = file{}
}

// file finds the file of a ref, nil when it is over.
func (d *Dialogue) file(ref uint32) *file {
	if at := int(ref & (1<<refBits - 1)); at < len(d.files) && d.files[at].used && d.files[at].ref == ref {
		return d.files[at]
	}
	return nil
}

// token makes the handle of a file: no two are alike, and none can be told from another.
func (d *Dialogue) token(f *file) uint64 {
	x := d.seed + uint64(f.ref)*0x9E3779B97F4A7C15 // splitmix64
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	x ^= x >> 31
	return x&^(1<<refBits-1) | uint64(f.ref&(1<<refBits-1)) | 1<<63
}

// byHandle finds the file of a client's handle, nil when there is none.
func (d *Dialogue) byHandle(handle []byte) *file {
	if len(handle) != 8 {
		return nil
	}
	token := binary.BigEndian.Uint64(handle)
	if at := int(token & (1<<refBits - 1)); at < len(d.files) && d.files[at].used && d.files[at].token == token {
		return d.files[at]
	}
	return nil
}

// leave tells the core that the client is done with a file, and frees it.
func (d *Dialogue) leave(f *file) {
	d.pending = append(d.pending, sdk.Event{Kind: sdk.KindLeave, Ref: f.ref})
	d.drop(f)
}
