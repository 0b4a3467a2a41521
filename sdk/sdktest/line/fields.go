package line

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxLine is the longest line, with its end.
const maxLine = 4096

var errLong = errors.New("the line is longer than 4096 bytes")

// field is one word of a line. Key is nil for a plain word, and the bytes before the '=' for an option.
type field struct{ key, value []byte }

// fields are the words of one line after its verb. They are slices of the input until the next line.
type fields struct {
	list []field
	next int     // of the plain words
	room []field // reused for the list
}

// split cuts a line without its end into words. A word, or the value of an option, is quoted as in Go when it is empty
// or holds a blank, a quote, a backslash, an '=' or a byte that is not printable ASCII.
func (f *fields) split(line []byte) (verb []byte, err error) {
	f.list, f.next = f.room[:0], 0
	for line = bytes.TrimLeft(line, " "); len(line) > 0; line = bytes.TrimLeft(line, " ") {
		var w field
		if w, line, err = word(line); err != nil {
			return nil, err
		}
		f.list = append(f.list, w)
	}
	f.room = f.list
	if len(f.list) == 0 {
		return nil, nil
	}
	if f.list[0].key != nil {
		return nil, errors.New("a line begins with a verb")
	}
	verb, f.list = f.list[0].value, f.list[1:]
	return verb, nil
}

func word(line []byte) (w field, rest []byte, err error) {
	n := 0
	for n < len(line) && line[n] != ' ' && line[n] != '"' {
		if line[n] == '=' && w.key == nil {
			w.key, line, n = line[:n:n], line[n+1:], 0
			continue
		}
		if line[n] < ' ' || line[n] > '~' {
			return w, nil, fmt.Errorf("byte %#02x outside quotes", line[n])
		}
		n++
	}
	if n < len(line) && line[n] == '"' {
		if n > 0 {
			return w, nil, errors.New("a quote in the middle of a word")
		}
		quoted, err := strconv.QuotedPrefix(string(line))
		if err != nil {
			return w, nil, errors.New("a quoted word does not end")
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return w, nil, fmt.Errorf("unquote a word: %w", err)
		}
		if !utf8.ValidString(text) {
			return w, nil, errors.New("a quoted word is not UTF-8")
		}
		w.value, rest = []byte(text), line[len(quoted):]
		if len(rest) > 0 && rest[0] != ' ' {
			return w, nil, errors.New("no blank after a quoted word")
		}
		return w, rest, nil
	}
	w.value = line[:n]
	return w, line[n:], nil
}

// word takes the next plain word; ok is false when there is none.
func (f *fields) word() (value []byte, ok bool) {
	for ; f.next < len(f.list); f.next++ {
		if f.list[f.next].key == nil {
			f.next++
			return f.list[f.next-1].value, true
		}
	}
	return nil, false
}

// need takes the next plain word and says what is missing otherwise.
func (f *fields) need(what string) ([]byte, error) {
	w, ok := f.word()
	if !ok {
		return nil, fmt.Errorf("the %s is missing", what)
	}
	return w, nil
}

// number takes the next plain word as a number from 0 on.
func (f *fields) number(what string) (int64, error) {
	w, err := f.need(what)
	if err != nil {
		return 0, err
	}
	return parseNumber(w, what)
}

// flag takes the next plain word when it is this one.
func (f *fields) flag(name string) bool {
	at := f.next
	if w, ok := f.word(); ok && string(w) == name {
		return true
	}
	f.next = at
	return false
}

// end fails when a plain word or an option was not used. known lists the options that were looked at.
func (f *fields) end(known ...string) error {
	if w, ok := f.word(); ok {
		return fmt.Errorf("too many words, from %q on", w)
	}
next:
	for _, w := range f.list {
		if w.key == nil {
			continue
		}
		for _, k := range known {
			if string(w.key) == k {
				continue next
			}
		}
		return fmt.Errorf("option %q is not known here", w.key)
	}
	return nil
}

// option returns the value of an option; ok is false when it is not there.
func (f *fields) option(key string) (value []byte, ok bool) {
	for _, w := range f.list {
		if w.key != nil && string(w.key) == key {
			return w.value, true
		}
	}
	return nil, false
}

// optionNumber returns the number of an option, or the default when it is not there.
func (f *fields) optionNumber(key string, absent int64) (int64, error) {
	v, ok := f.option(key)
	if !ok {
		return absent, nil
	}
	return parseNumber(v, key)
}

func parseNumber(w []byte, what string) (int64, error) {
	var n int64
	if len(w) == 0 || len(w) > 18 {
		return 0, fmt.Errorf("%s %q is no number of 1 to 18 digits", what, w)
	}
	for _, c := range w {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%s %q is no number", what, w)
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

// appendWord writes a blank and a word.
func appendWord(out []byte, w string) []byte {
	return appendValue(append(out, ' '), w)
}

func appendValue(out []byte, w string) []byte {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\' {
			return strconv.AppendQuoteToASCII(out, w)
		}
	}
	if w == "" {
		return append(out, `""`...)
	}
	return append(out, w...)
}

// appendOption writes " key=value", or nothing for an empty value.
func appendOption(out []byte, key, value string) []byte {
	if value == "" {
		return out
	}
	return appendValue(append(appendValue(append(out, ' '), key), '='), value)
}

func appendNumber(out []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(append(append(out, ' '), key...), '='), n, 10)
}

func appendFlag(out []byte, key string, on bool) []byte {
	if on {
		return appendNumber(out, key, 1)
	}
	return appendNumber(out, key, 0)
}
