package sdk

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a path may hold, in bytes.
const (
	MaxPath    = 4096
	MaxElement = 255
	MaxID      = 128
)

// CheckPath refuses (file.name) a path that no backend may take: it is relative and slash-separated, and each of its
// elements passes [CheckElement]. Every backend calls it on every path, whoever checked it before.
func CheckPath(p string) error {
	if p == "" {
		return Refuse(FileName, "the path is empty")
	}
	if len(p) > MaxPath {
		return Refuse(FileName, "the path has %d bytes, %d are allowed", len(p), MaxPath)
	}
	for element := range strings.SplitSeq(p, "/") {
		if err := CheckElement(element); err != nil {
			return err
		}
	}
	return nil
}

// CheckElement refuses (file.name) a path element that is empty or blank, begins with a dot, holds a separator (/ or
// \), a control character, a character that turns text around, invalid UTF-8, or has more than MaxElement bytes.
// Names that begin with a dot are hidden ones: temporary files, and what an operator keeps to himself.
func CheckElement(element string) error {
	switch {
	case strings.TrimSpace(element) == "":
		return Refuse(FileName, "a path element is blank")
	case len(element) > MaxElement:
		return Refuse(FileName, "a path element has %d bytes, %d are allowed", len(element), MaxElement)
	case element[0] == '.':
		return Refuse(FileName, "%.60q begins with a dot", element)
	case !utf8.ValidString(element):
		return Refuse(FileName, "%.60q is not UTF-8", element)
	}
	for _, r := range element {
		if r == '/' || r == '\\' || unicode.IsControl(r) || turnsText(r) {
			return Refuse(FileName, "%.60q holds %U", element, r)
		}
	}
	return nil
}

// turnsText finds what makes a name read as another one in a log or a listing: line and paragraph separators, marks
// of direction, the byte order mark.
func turnsText(r rune) bool {
	switch {
	case r == '\u2028', r == '\u2029', r == '\u200e', r == '\u200f', r == '\u061c', r == '\ufeff':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// CheckID refuses (file.name) a transfer's id that is not safe in a file name: 1 to MaxID letters, digits, - and _.
func CheckID(id string) error {
	if id == "" || len(id) > MaxID {
		return Refuse(FileName, "the transfer's id has %d characters, 1 to %d are allowed", len(id), MaxID)
	}
	for _, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return Refuse(FileName, "the transfer's id %.60q is not made of letters, digits, - and _", id)
		}
	}
	return nil
}

// Sibling gives the n-th name beside an element for [ExistsUnique]: name-n.ext, cut so that it stays within MaxElement.
func Sibling(element string, n int) string {
	ext := path.Ext(element)
	if len(ext) > 32 {
		ext = "" // what is that long is no extension
	}
	stem := strings.TrimSuffix(element, ext)
	tail := "-" + strconv.Itoa(n) + ext
	for end := len(stem); end+len(tail) > MaxElement; stem = stem[:end] {
		for end--; end > 0 && !utf8.RuneStart(stem[end]); end-- {
		}
	}
	return stem + tail
}
