package audit

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText bounds a field of a record, in bytes: what a peer says must not fill the disk.
const maxText = 2 << 10

func appendText(b []byte, key, value string) []byte {
	b = append(append(append(b, ',', '"'), key...), '"', ':')
	return appendString(b, value)
}

func appendList(b []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(append(append(b, ',', '"'), key...), `":[`...)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, v)
	}
	return append(b, ']')
}

// appendString writes a JSON string. What does not print is escaped: lines of the log are harmless on a terminal.
func appendString(b []byte, s string) []byte {
	cut := len(s) > maxText
	if cut {
		s = s[:maxText]
	}
	b = append(b, '"')
	plain := 0 // most of what is written needs nothing done to it
	for plain < len(s) && s[plain] >= ' ' && s[plain] < utf8.RuneSelf-1 && s[plain] != '"' && s[plain] != '\\' {
		plain++
	}
	b = append(b, s[:plain]...)
	for _, r := range s[plain:] {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < utf8.RuneSelf-1:
			b = append(b, byte(r))
		case r != utf8.RuneError && strconv.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			b = appendEscape(appendEscape(b, hi), lo)
		default:
			b = appendEscape(b, r)
		}
	}
	if cut {
		b = append(b, "…"...)
	}
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
