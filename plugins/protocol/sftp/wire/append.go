package wire

import (
	"encoding/binary"
	"time"
)

func appendUint32(out []byte, n uint32) []byte { return binary.BigEndian.AppendUint32(out, n) }
func appendUint64(out []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(out, n) }

func appendString(out []byte, s string) []byte {
	return append(appendUint32(out, uint32(len(s))), s...)
}

// head begins a packet whose fields behind the id have n bytes.
func head(out []byte, t Type, id uint32, n int) []byte {
	out = append(appendUint32(out, uint32(HeadSize-4+n)), byte(t))
	return appendUint32(out, id)
}

// AppendStatus appends STATUS with a text and no language.
func AppendStatus(out []byte, id uint32, c Code, text string) []byte {
	out = head(out, Status, id, 4+4+len(text)+4)
	out = appendString(appendUint32(out, uint32(c)), text)
	return appendUint32(out, 0)
}

// okStatus is STATUS with OK, no text and the id 0.
var okStatus = AppendStatus(nil, 0, OK, "")

// AppendOK appends STATUS with OK: a client sees it more often than everything else.
func AppendOK(out []byte, id uint32) []byte {
	at := len(out)
	out = append(out, okStatus...)
	binary.BigEndian.PutUint32(out[at+5:], id)
	return out
}

// AppendHandle appends HANDLE.
func AppendHandle(out []byte, id uint32, handle []byte) []byte {
	out = appendUint32(head(out, Handle, id, 4+len(handle)), uint32(len(handle)))
	return append(out, handle...)
}

// DataGap is the length of what stands before the payload of DATA.
const DataGap = HeadSize + 4

// PutData fills the gap before n bytes of payload.
func PutData(gap []byte, id uint32, n int) {
	gap = gap[:DataGap]
	binary.BigEndian.PutUint32(gap, uint32(DataGap-4+n))
	gap[4] = byte(Data)
	binary.BigEndian.PutUint32(gap[5:], id)
	binary.BigEndian.PutUint32(gap[9:], uint32(n))
}

// AppendAttrs appends ATTRS.
func AppendAttrs(out []byte, id uint32, a Attrs) []byte {
	at := len(out)
	return sized(a.append(head(out, AttrsPacket, id, 0)), at)
}

// sized sets the length of the packet that begins at.
func sized(out []byte, at int) []byte {
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	return out
}

// Names builds a NAME packet row by row.
type Names struct {
	out   []byte
	at    int
	count uint32
}

// BeginNames begins the packet.
func BeginNames(out []byte, id uint32) Names {
	return Names{out: appendUint32(head(out, Name, id, 0), 0), at: len(out)}
}

// Row appends a file with its attributes and its long name as of now.
func (n *Names) Row(name string, a Attrs, now time.Time) {
	n.out = appendUint32(appendString(n.out, name), 0)
	at := len(n.out)
	n.out = appendLongName(n.out, name, a, now)
	binary.BigEndian.PutUint32(n.out[at-4:], uint32(len(n.out)-at))
	n.out = a.append(n.out)
	n.count++
}

// Path appends the one row of an answer to REALPATH, whose attributes are dummies.
func (n *Names) Path(name string) {
	n.out = Attrs{}.append(appendString(appendString(n.out, name), name))
	n.count++
}

// Len is the length of the packet so far.
func (n *Names) Len() int { return len(n.out) - n.at }

// Done ends the packet.
func (n *Names) Done() []byte {
	binary.BigEndian.PutUint32(n.out[n.at+HeadSize:], n.count)
	return sized(n.out, n.at)
}

// AppendVersion appends VERSION with the extensions of this server.
func AppendVersion(out []byte) []byte {
	at := len(out)
	out = head(out, VersionPacket, Version, 0)
	for _, pair := range [...][2]string{{PosixRename, "1"}, {StatVFS, "2"}, {FStatVFS, "2"}, {FSync, "1"}, {Limits, "1"}} {
		out = appendString(appendString(out, pair[0]), pair[1])
	}
	return sized(out, at)
}

// AppendLimits appends the answer to limits@openssh.com: packet, read, write and handles.
func AppendLimits(out []byte, id uint32, handles int) []byte {
	out = head(out, ExtendedReply, id, 4*8)
	out = appendUint64(out, 256<<10)
	out = appendUint64(out, MaxData)
	out = appendUint64(out, MaxData)
	return appendUint64(out, uint64(handles))
}

// Space is the answer to statvfs@openssh.com in blocks and files.
type Space struct {
	Block                  uint64 // bytes of a block
	Blocks, Free, Avail    uint64
	Files, FilesFree, Name uint64 // Name: the longest name in bytes
}

// AppendSpace appends it. The flags say that no program gains rights here (ST_NOSUID).
func AppendSpace(out []byte, id uint32, s Space) []byte {
	const nosuid = 2
	out = head(out, ExtendedReply, id, 11*8)
	for _, n := range [...]uint64{s.Block, s.Block, s.Blocks, s.Free, s.Avail, s.Files, s.FilesFree, s.FilesFree, 0, nosuid, s.Name} {
		out = appendUint64(out, n)
	}
	return out
}
