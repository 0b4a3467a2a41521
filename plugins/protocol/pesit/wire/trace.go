package wire

import (
	"fmt"
	"strconv"
)

// traceText is how many bytes of a long text a trace shows.
const traceText = 80

// Trace prints an FPDU as one line: its name, its connection ids, its parameters with their codes, and what was odd or wrong.
// Passwords print as ***; file data is counted, never shown.
func Trace(f FPDU) string { return string(AppendTrace(nil, f)) }

// AppendTrace is [Trace] into a buffer.
func AppendTrace(dst []byte, f FPDU) []byte {
	dst = append(dst, f.Type.String()...)
	dst = append(dst, " to "...)
	dst = strconv.AppendUint(dst, uint64(f.Dst), 10)
	if f.Type.IsConnection() {
		dst = append(dst, " from "...)
		dst = strconv.AppendUint(dst, uint64(f.Sixth), 10)
	}
	if f.Type.IsData() {
		return traceData(dst, f)
	}
	var p Params
	err := p.Decode(f)
	dst = p.appendValues(dst)
	notes, more := p.Notes()
	for i, n := range notes {
		dst = append(dst, [...]string{"; ", ", "}[min(i, 1)]...)
		dst = append(dst, n.String()...)
	}
	if more > 0 {
		dst = fmt.Appendf(dst, ", and %d more", more)
	}
	if err != nil {
		dst = append(dst, "; WRONG: "...)
		dst = append(dst, err.Error()...)
	}
	return dst
}

func traceData(dst []byte, f FPDU) []byte {
	a, err := ReadArticles(f)
	if err != nil {
		return fmt.Appendf(dst, " %d bytes; WRONG: %v", len(f.Body()), err)
	}
	count, total := 0, 0
	for p, ok := a.Next(); ok; p, ok = a.Next() {
		count++
		total += len(p.Bytes)
	}
	if f.Type == DTF && count != 1 {
		dst = fmt.Appendf(dst, " %d articles", count)
	}
	return fmt.Appendf(dst, " %d bytes", total)
}

// appendValues prints the parameters present in the order of their codes, groups before their members.
func (p *Params) appendValues(dst []byte) []byte {
	for pi := PI(1); pi <= maxPI; pi++ {
		if !p.Has(pi) || pi.IsGroup() {
			continue
		}
		row, _ := pi.Param()
		dst = fmt.Appendf(dst, " %d:%s=", pi, row.Label)
		dst = p.appendValue(dst, row)
	}
	return dst
}

func (p *Params) appendValue(dst []byte, row Param) []byte {
	switch {
	case row.Secret:
		return append(dst, "***"...)
	case row.Kind == Text:
		b := p.Bytes(row.PI)
		dst = strconv.AppendQuote(dst, latin1(b[:min(len(b), traceText)]))
		if len(b) > traceText {
			dst = fmt.Appendf(dst, "...(%d)", len(b))
		}
		return dst
	case row.Kind == Date:
		return append(dst, p.Bytes(row.PI)...)
	case row.Kind == Mask:
		return fmt.Appendf(dst, "%02X", p.Num(row.PI))
	case row.PI == PIDiagnostic:
		d := p.Diagnostic()
		dst = append(dst, d.String()...)
		if !d.OK() {
			dst = fmt.Appendf(dst, "(%s)", d.Meaning())
		}
		return dst
	case row.PI == PISync:
		interval, window := p.Sync()
		return fmt.Appendf(dst, "%dKiB/%d", interval, window)
	case row.PI == PICompression:
		return append(dst, p.Compression().Mode.String()...)
	}
	return strconv.AppendUint(dst, p.Num(row.PI), 10)
}

// String prints a pre-connection message for a trace, the password as ***.
func (l Logon) String() string {
	mask := ""
	if l.Password != "" {
		mask = "***"
	}
	return fmt.Sprintf("LOGON service=%q id=%q password=%s", l.Service, l.ID, mask)
}

// GoString is String, so that no way of printing shows the password.
func (l Logon) GoString() string { return l.String() }
