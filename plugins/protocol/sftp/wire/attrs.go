package wire

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// The flags of attributes (section 5).
const (
	AttrSize     = 1 << 0
	AttrOwner    = 1 << 1
	AttrMode     = 1 << 2
	AttrTimes    = 1 << 3
	AttrExtended = 1 << 31
)

// The bits of a mode that say what a file is.
const (
	ModeType    = 0o170000
	ModeRegular = 0o100000
	ModeDir     = 0o040000
)

// Attrs are the attributes of a file; Flags says which are there.
type Attrs struct {
	Flags        uint32
	Size         uint64
	UID, GID     uint32
	Mode         uint32 // type and rights
	ATime, MTime uint32 // seconds since 1970
}

// Seconds gives a time as attributes bear it, cut to what fits.
func Seconds(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), math.MaxUint32))
}

// append appends attributes as they stand inside a packet.
func (a Attrs) append(out []byte) []byte {
	flags := a.Flags &^ AttrExtended
	out = appendUint32(out, flags)
	if flags&AttrSize != 0 {
		out = appendUint64(out, a.Size)
	}
	if flags&AttrOwner != 0 {
		out = appendUint32(appendUint32(out, a.UID), a.GID)
	}
	if flags&AttrMode != 0 {
		out = appendUint32(out, a.Mode)
	}
	if flags&AttrTimes != 0 {
		out = appendUint32(appendUint32(out, a.ATime), a.MTime)
	}
	return out
}

// owner stands in long names where a system has links, a user and a group.
const owner = "  1 postern  postern  "

// appendLongName appends a row in the form of ls -l that the draft shows (section 7). Clients show it, and some read it.
// A time of the last half year bears its hour, an older or later one its year; times are UTC.
func appendLongName(out []byte, name string, a Attrs, now time.Time) []byte {
	out = appendMode(out, a.Mode)
	out = append(append(out, ' '), owner...)
	var digits [20]byte
	size := strconv.AppendUint(digits[:0], a.Size, 10)
	for n := len(size); n < 8; n++ {
		out = append(out, ' ')
	}
	out = append(append(out, size...), ' ')
	t := time.Unix(int64(a.MTime), 0).UTC()
	layout := "Jan _2  2006"
	if age := now.Sub(t); age >= -time.Hour && age < 182*24*time.Hour {
		layout = "Jan _2 15:04"
	}
	out = append(t.AppendFormat(out, layout), ' ')
	return appendShown(out, name)
}

func appendMode(out []byte, mode uint32) []byte {
	first := byte('-')
	if mode&ModeType == ModeDir {
		first = 'd'
	}
	out = append(out, first)
	for bit := 8; bit >= 0; bit-- {
		if mode>>bit&1 == 0 {
			out = append(out, '-')
			continue
		}
		out = append(out, "xwr"[bit%3])
	}
	return out
}

// appendShown appends a name as it may stand on one line of a terminal.
func appendShown(out []byte, name string) []byte {
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if !strconv.IsPrint(r) || r == utf8.RuneError && n == 1 {
			out = append(out, '?')
		} else {
			out = append(out, name[i:i+n]...)
		}
		i += n
	}
	return out
}
