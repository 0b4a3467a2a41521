package wire

import (
	"encoding/binary"
	"time"
)

// Type is the FPDU that was decoded.
func (p *Params) Type() Type { return p.fpdu }

// Has reports that pi, a parameter or a group, is present and not null.
func (p *Params) Has(pi PI) bool {
	return pi <= maxPI && p.have[pi>>6]&(1<<(pi&63)) != 0
}

// Bytes gives the value of pi as received, trailing blanks of a text removed; nil when absent.
func (p *Params) Bytes(pi PI) []byte {
	if !p.Has(pi) {
		return nil
	}
	s := p.spans[pi]
	return p.body[s.at : s.at+s.len : s.at+s.len]
}

// Num gives the value of a number, symbol or mask, or its default when absent (0, but 1 for PI 17 and 30 for PI 26).
func (p *Params) Num(pi PI) uint64 {
	b := p.Bytes(pi)
	if b == nil {
		row, _ := pi.Param()
		return row.Default
	}
	if pi == PIVersion {
		return version(b)
	}
	v, _ := number(b)
	return v
}

// version reads PI 6: the specification types it as characters, everybody sends one binary byte, so digits are taken as such.
func version(b []byte) uint64 {
	b = trimZeros(trimText(b))
	v := uint64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			v, ok := number(b)
			if !ok {
				return ^uint64(0)
			}
			return v
		}
		v = v*10 + uint64(c-'0')
	}
	return v
}

// Text gives the value of pi read as ISO-8859-1, without blanks and NULs at the right; empty when absent.
func (p *Params) Text(pi PI) string { return latin1(trimText(p.Bytes(pi))) }

// Diagnostic gives PI 2; success when absent.
func (p *Params) Diagnostic() Diagnostic {
	b := p.Bytes(PIDiagnostic)
	if len(b) != 3 {
		return Success
	}
	return NewDiagnostic(b[0], binary.BigEndian.Uint16(b[1:]))
}

// NoInterval is the sync interval that means "not limited" in PI 7.
const NoInterval = 0xFFFF

// Sync gives PI 7: the interval between sync points in KiB (0 none, [NoInterval] not limited) and the window (0: no
// acknowledgement). Both are 0 when absent; a PI 7 without its third byte has window 0.
func (p *Params) Sync() (interval uint16, window byte) {
	b := p.Bytes(PISync)
	if len(b) < 2 {
		return 0, 0
	}
	if len(b) > 2 {
		window = b[2]
	}
	return binary.BigEndian.Uint16(b), window
}

// Compression gives PI 21; off when absent.
func (p *Params) Compression() Compression {
	b := p.Bytes(PICompression)
	if len(b) != 2 {
		return Compression{}
	}
	return Compression{On: b[0] == 1, Mode: Mode(b[1])}
}

// Access gives the password and the new password of PI 5, blanks removed; empty when absent. They are secrets.
func (p *Params) Access() (password, renewed string) {
	b := p.Bytes(PIAccess)
	if len(b) > 8 {
		renewed = latin1(trimText(b[8:]))
		b = b[:8]
	}
	return latin1(trimText(b)), renewed
}

// Date gives PI 51 or 52 in the partner's local time, which nothing names: loc. The two-digit year is 1970 to 2069. ok is
// false when it is absent or no date of the calendar.
func (p *Params) Date(pi PI, loc *time.Location) (t time.Time, ok bool) {
	b := p.Bytes(pi)
	if len(b) != 12 {
		return time.Time{}, false
	}
	var f [6]int
	for i := range f {
		f[i] = int(b[2*i]-'0')*10 + int(b[2*i+1]-'0')
	}
	year := 2000 + f[0]
	if f[0] >= 70 {
		year = 1900 + f[0]
	}
	t = time.Date(year, time.Month(f[1]), f[2], f[3], f[4], f[5], 0, loc)
	ok = t.Month() == time.Month(f[1]) && t.Day() == f[2] && f[3] < 24 && f[4] < 60 && f[5] < 60
	return t, ok
}
