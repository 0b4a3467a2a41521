// Package visible makes text that came from somebody else harmless on a terminal and in a log: whatever does not print
// (controls, escape sequences, marks that turn text around, broken UTF-8) is written as an escape.
//
// It is the one place for that. It is not for what goes to a peer (the protocols see to it), nor for the values
// themselves: the catalog keeps what was said.
//
// The main calls are [Text] for everything that is printed, and [Writer] for logs.
package visible

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is s with escapes in the place of whatever does not print, line ends included.
func Text(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r):
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Lines is Text for text of several lines, which stay lines.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Text(line)
	}
	return strings.Join(lines, "\n")
}

func hidden(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }

// JSON writes what does not print in a JSON text as \u escapes; the value stays the same.
func JSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == '\n' || r != utf8.RuneError && strconv.IsPrint(r):
			out = append(out, b[i:i+n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

// Writer is w for a log of one JSON text, or one line that has its escapes already, per Write.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ io.Writer }

// Write writes p with escapes. It tells the length of p when all was written.
func (w writer) Write(p []byte) (int, error) {
	if !bytes.ContainsFunc(p, func(r rune) bool { return r != '\n' && hidden(r) }) {
		return w.Writer.Write(p)
	}
	if _, err := w.Writer.Write(JSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
