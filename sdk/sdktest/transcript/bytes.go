package transcript

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// pattern is a string of bytes; -1 is any byte.
type pattern []int16

func literal(s string) pattern {
	p := make(pattern, len(s))
	for i := range len(s) {
		p[i] = int16(s[i])
	}
	return p
}

func (p pattern) wild() bool {
	for _, c := range p {
		if c < 0 {
			return true
		}
	}
	return false
}

func (p pattern) bytes() []byte {
	b := make([]byte, len(p))
	for i, c := range p {
		b[i] = byte(c)
	}
	return b
}

// match reports where b stops being p; -1: nowhere.
func (p pattern) match(b []byte) int {
	for i, c := range p {
		if i == len(b) || c >= 0 && byte(c) != b[i] {
			return i
		}
	}
	return -1
}

// parseBytes reads hexadecimal words, ?? and quoted strings; each may be repeated with *N. A # begins a comment.
func parseBytes(s string) (pattern, error) {
	var p pattern
	for s = strings.TrimLeft(s, " \t"); s != "" && s[0] != '#'; s = strings.TrimLeft(s, " \t") {
		part, rest, err := parseWord(s)
		if err != nil {
			return nil, err
		}
		p, s = append(p, part...), rest
	}
	return p, nil
}

func parseWord(s string) (p pattern, rest string, err error) {
	if s[0] == '"' {
		if p, rest, err = parseQuoted(s); err != nil {
			return nil, "", err
		}
		return repeat(p, rest)
	}
	end := strings.IndexAny(s, " \t*")
	if end < 0 {
		end = len(s)
	}
	word := s[:end]
	if strings.Trim(word, "?") == "" && len(word)%2 == 0 {
		p = make(pattern, len(word)/2)
		for i := range p {
			p[i] = -1
		}
		return repeat(p, s[end:])
	}
	raw, err := hex.DecodeString(word)
	if err != nil {
		return nil, "", fmt.Errorf("%q is neither hexadecimal nor quoted", word)
	}
	return repeat(literal(string(raw)), s[end:])
}

func parseQuoted(s string) (pattern, string, error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return nil, "", errors.New("a quoted string does not end")
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return nil, "", fmt.Errorf("unquote %s: %w", quoted, err)
	}
	return literal(text), s[len(quoted):], nil
}

// repeat applies "*N" at the beginning of rest.
func repeat(p pattern, rest string) (pattern, string, error) {
	if !strings.HasPrefix(rest, "*") {
		return p, rest, nil
	}
	end := strings.IndexAny(rest, " \t")
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[1:end])
	if err != nil || n < 0 || n*len(p) > 64<<20 {
		return nil, "", fmt.Errorf("%q is no number of times", rest[:end])
	}
	out := make(pattern, 0, n*len(p))
	for range n {
		out = append(out, p...)
	}
	return out, rest[end:], nil
}
