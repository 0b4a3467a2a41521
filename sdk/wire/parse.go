package wire

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unicode/utf8"

	"github.com/postern/postern/sdk"
)

// ErrMessage says that bytes are no message of the contract.
var ErrMessage = errors.New("not a message of the contract")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMessage, fmt.Sprintf(format, args...))
}

// reader reads the fields of one message. After next has returned false, err says whether that was the end.
type reader struct {
	rest string
	num  int    // of the field at hand
	typ  int    // its wire type
	v    uint64 // its number
	data string // its bytes
	err  error
}

func (r *reader) varint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 { // nearly all are one byte long
		v := uint64(r.rest[0])
		r.rest = r.rest[1:]
		return v
	}
	var v uint64
	for i := 0; i < len(r.rest) && i < 10; i++ {
		c := r.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if i == 9 && c > 1 {
				break
			}
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.fail("a number does not end")
	return 0
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = bad(format, args...)
	}
	r.rest = ""
}

func (r *reader) take(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.fail("field %d is longer than the message", r.num)
		return ""
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// next reads one field; false at the end of the message, or where it is broken.
func (r *reader) next() bool {
	if r.rest == "" || r.err != nil {
		return false
	}
	tag := r.varint()
	if tag>>3 == 0 || tag>>3 >= 1<<29 {
		r.fail("field number %d", tag>>3)
	}
	r.num, r.typ, r.v, r.data = int(tag>>3), int(tag&7), 0, ""
	if r.err != nil {
		return false
	}
	switch r.typ {
	case typeVarint:
		r.v = r.varint()
	case type64:
		r.take(8)
	case type32:
		r.take(4)
	case typeBytes:
		r.data = r.take(r.varint())
	default:
		r.fail("field %d has wire type %d", r.num, r.typ)
	}
	return r.err == nil
}

func (r *reader) is(typ int) bool {
	if r.typ != typ {
		r.fail("field %d has wire type %d instead of %d", r.num, r.typ, typ)
		return false
	}
	return true
}

// text is UTF-8. A guest does not look again: the server sends nothing else, and a question is mostly text.
func (r *reader) text() string {
	if r.is(typeBytes) && !guest && !utf8.ValidString(r.data) {
		r.fail("field %d is not UTF-8", r.num)
		return ""
	}
	return r.data
}

func (r *reader) bytes() []byte { r.is(typeBytes); return []byte(r.data) }
func (r *reader) flag() bool    { return r.is(typeVarint) && r.v != 0 }
func (r *reader) int() int64    { r.is(typeVarint); return int64(r.v) }

// message opens the message that the field is.
func (r *reader) message() reader { r.is(typeBytes); return reader{rest: r.data} }

// within passes the error of a message inside on.
func (r *reader) within(err error) {
	if err != nil && r.err == nil {
		r.err, r.rest = fmt.Errorf("field %d: %w", r.num, err), ""
	}
}

func (r *reader) pair(m map[string]string) map[string]string {
	in := r.message()
	var k, v string
	for in.next() {
		switch in.num {
		case 1:
			k = in.text()
		case 2:
			v = in.text()
		}
	}
	r.within(in.err)
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// span reads seconds and nanoseconds.
func (r *reader) span() (s, ns int64) {
	in := r.message()
	for in.next() {
		switch in.num {
		case 1:
			s = in.int()
		case 2:
			ns = in.int()
		}
	}
	r.within(in.err)
	if ns <= -1e9 || ns >= 1e9 {
		r.fail("%d nanoseconds", ns)
	}
	return s, ns
}

func (r *reader) time() time.Time {
	s, ns := r.span()
	return time.Unix(s, ns).UTC()
}

func (r *reader) duration() time.Duration {
	s, ns := r.span()
	const most = int64(1<<63-1) / int64(time.Second)
	if s >= most || s <= -most {
		r.fail("a duration of %d s", s)
	}
	return time.Duration(s)*time.Second + time.Duration(ns)
}

func (r *reader) address() netip.AddrPort {
	a, err := netip.ParseAddrPort(r.text())
	r.within(err)
	return a
}

func (r *reader) network() netip.Prefix {
	s := r.text()
	p, err := netip.ParsePrefix(s)
	if a, e := netip.ParseAddr(s); e == nil {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	r.within(err)
	return p
}

func (r *reader) term() sdk.Term {
	in := r.message()
	var t sdk.Term
	for in.next() {
		switch in.num {
		case 1:
			t.Name = in.text()
		case 2:
			t = sdk.NumberTerm(t.Name, in.int())
		case 3:
			t = sdk.FlagTerm(t.Name, in.flag())
		case 4:
			t = sdk.WordsTerm(t.Name, in.words()...)
		}
	}
	r.within(in.err)
	if t.Kind == 0 && r.err == nil {
		r.fail("the term %q has no value", t.Name)
	}
	return t
}

func (r *reader) words() (list []string) {
	in := r.message()
	for in.next() {
		if in.num == 1 {
			list = append(list, in.text())
		}
	}
	r.within(in.err)
	return list
}

func (r *reader) day() time.Weekday {
	s := r.text()
	for i, name := range dayNames {
		if s == name {
			return time.Weekday(i)
		}
	}
	r.fail("%q is no day of the week (mon, tue, …)", s)
	return 0
}

func (r *reader) clock() time.Duration {
	s := r.text()
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Sub(t.Truncate(24 * time.Hour))
		}
	}
	if s == "24:00" {
		return 24 * time.Hour
	}
	r.fail("%q is no time of day (06:00)", s)
	return 0
}

// zone finds a zone by its name. A guest has no time zone database: there the name alone counts, see [ParseQuestion].
func (r *reader) zone() *time.Location {
	name := r.text()
	z, err := time.LoadLocation(name)
	if err != nil {
		if guest {
			return time.FixedZone(name, 0)
		}
		r.within(err)
	}
	return z
}
