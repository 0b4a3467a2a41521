package wire

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/postern/postern/sdk"
)

// The wire types of protobuf that the contract uses or skips.
const (
	typeVarint = 0
	type64     = 1
	typeBytes  = 2
	type32     = 5
)

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendTag(b []byte, num, typ int) []byte {
	if num < 0x10 {
		return append(b, byte(num<<3|typ))
	}
	return appendVarint(b, uint64(num)<<3|uint64(typ))
}

// appendInt leaves zero out.
func appendInt(b []byte, num int, v int64) []byte {
	if v == 0 {
		return b
	}
	if num < 0x10 && uint64(v) < 0x80 {
		return append(b, byte(num<<3|typeVarint), byte(v))
	}
	return appendVarint(appendTag(b, num, typeVarint), uint64(v))
}

func appendBool(b []byte, num int, v bool) []byte {
	if !v {
		return b
	}
	return append(appendTag(b, num, typeVarint), 1)
}

// appendText leaves "" out.
func appendText(b []byte, num int, s string) []byte {
	if s == "" {
		return b
	}
	return appendText0(b, num, s)
}

// appendText0 writes "" too.
func appendText0(b []byte, num int, s string) []byte {
	if num < 0x10 && len(s) < 0x80 && plain(s) { // as nearly all are
		return append(append(b, byte(num<<3|typeBytes), byte(len(s))), s...)
	}
	if !plain(s) && !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b = appendVarint(appendTag(b, num, typeBytes), uint64(len(s)))
	return append(b, s...)
}

// plain tells whether all of a text is ASCII, as nearly all are, which is known sooner than whether it is UTF-8.
func plain(s string) bool {
	var all byte
	for i := range len(s) {
		all |= s[i]
	}
	return all < utf8.RuneSelf
}

func appendBytes(b []byte, num int, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	b = appendVarint(appendTag(b, num, typeBytes), uint64(len(v)))
	return append(b, v...)
}

// begin opens a message inside a message; what it returns goes to end.
func begin(b []byte, num int) ([]byte, int) {
	b = append(appendTag(b, num, typeBytes), 0)
	return b, len(b)
}

// end closes the message that began at: it writes its length, for which one byte was kept.
func end(b []byte, at int) []byte {
	n := len(b) - at
	if n < 0x80 {
		b[at-1] = byte(n)
		return b
	}
	var head [10]byte
	h := appendVarint(head[:0], uint64(n))
	b = append(b, h[1:]...) // room
	copy(b[at+len(h)-1:], b[at:at+n])
	copy(b[at-1:], h)
	return b
}

func appendTexts[T ~string](b []byte, num int, list []T) []byte {
	for _, s := range list {
		b = appendText0(b, num, string(s))
	}
	return b
}

func appendMap(b []byte, num int, m map[string]string) []byte {
	if len(m) < 2 {
		for k, v := range m {
			b = appendPair(b, num, k, v)
		}
		return b
	}
	var few [8]string // nearly all have fewer, and those need no memory
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		b = appendPair(b, num, k, m[k])
	}
	return b
}

func appendPair(b []byte, num int, k, v string) []byte {
	b, at := begin(b, num)
	return end(appendText0(appendText0(b, 1, k), 2, v), at)
}

// appendTime leaves the zero time out.
func appendTime(b []byte, num int, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b, at := begin(b, num)
	return end(appendInt(appendInt(b, 1, t.Unix()), 2, int64(t.Nanosecond())), at)
}

func appendDuration(b []byte, num int, d time.Duration) []byte {
	if d == 0 {
		return b
	}
	b, at := begin(b, num)
	return end(appendInt(appendInt(b, 1, int64(d/time.Second)), 2, int64(d%time.Second)), at)
}

// appendAddress writes an address and a port; the length is known only afterwards.
func appendAddress(b []byte, num int, a netip.AddrPort) []byte {
	if !a.IsValid() {
		return b
	}
	b, at := begin(b, num)
	return end(a.AppendTo(b), at)
}

func appendNetworks(b []byte, num int, list []netip.Prefix) []byte {
	for _, p := range list {
		var at int
		b, at = begin(b, num)
		b = end(p.AppendTo(b), at)
	}
	return b
}

func appendTerms(b []byte, num int, terms sdk.Terms) []byte {
	for i := range terms {
		t := &terms[i]
		var at int
		b, at = begin(b, num)
		b = appendText(b, 1, t.Name)
		switch t.Kind {
		case sdk.TermNumber:
			b = appendVarint(appendTag(b, 2, typeVarint), uint64(t.Number))
		case sdk.TermFlag:
			b = appendVarint(appendTag(b, 3, typeVarint), uint64(number(t.Flag)))
		case sdk.TermWords:
			var words int
			b, words = begin(b, 4)
			b = end(appendTexts(b, 1, t.Words), words)
		}
		b = end(b, at)
	}
	return b
}

func number(flag bool) int {
	if flag {
		return 1
	}
	return 0
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func appendDays(b []byte, num int, days []time.Weekday) []byte {
	for _, d := range days {
		b = appendText0(b, num, dayNames[d%7])
	}
	return b
}

// appendClock writes a time of day: "06:00", "22:30:15", "22:30:15.5".
func appendClock(b []byte, num int, d time.Duration) []byte {
	b, at := begin(b, num)
	layout := "15:04"
	if d%time.Minute != 0 {
		layout = "15:04:05.999999999"
	}
	return end(time.Time{}.Add(d).AppendFormat(b, layout), at)
}

func appendZone(b []byte, num int, z *time.Location) []byte {
	if z == nil {
		return b
	}
	return appendText(b, num, z.String())
}
