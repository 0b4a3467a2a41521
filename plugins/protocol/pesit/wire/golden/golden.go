// Package golden holds PeSIT byte sequences with what they mean, for the tests of whoever reads or writes PeSIT. golden.txt is
// the readable source; it explains its own form. Load it with [Vectors]. It is not for use outside tests.
package golden

import (
	_ "embed" // golden.txt
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed golden.txt
var source string

// Vector is one byte sequence and what it holds.
type Vector struct {
	Name  string
	Kind  string // fpdu, entity, checked, logon or answer
	Seen  bool   // recorded in a session with another product, or accepted by it
	Loose bool   // to be decoded only: an encoder writes it shorter
	Bytes []byte
	Units []Unit
}

// Unit is one FPDU of a vector.
type Unit struct {
	Name       string
	Dst, Sixth byte
	Values     []Value
}

// Value is a parameter (Key is its code in decimal), "data", "article", or a field of the pre-connection.
type Value struct {
	Key  string
	Text string // unquoted when Quoted, else as written
	// Quoted tells a text from a number, a diagnostic, a pair or a date.
	Quoted bool
}

// Vectors parses golden.txt. The result is the caller's own.
func Vectors() ([]Vector, error) {
	var all []Vector
	for n, line := range strings.Split(source, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			all = append(all, Vector{})
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("golden.txt:%d: no vector begun", n+1)
		}
		if err := all[len(all)-1].line(line); err != nil {
			return nil, fmt.Errorf("golden.txt:%d: %w", n+1, err)
		}
	}
	return all, nil
}

// Find gives the vector of that name.
func Find(name string) (Vector, error) {
	all, err := Vectors()
	if err != nil {
		return Vector{}, err
	}
	i := slices.IndexFunc(all, func(v Vector) bool { return v.Name == name })
	if i < 0 {
		return Vector{}, fmt.Errorf("golden.txt has no vector %q", name)
	}
	return all[i], nil
}

func (v *Vector) line(line string) error {
	switch {
	case line[0] == '[':
		return v.title(line)
	case line[0] == '=':
		return v.unit(line)
	case len(v.Units) > 0:
		return v.Units[len(v.Units)-1].values(line)
	}
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "|", "").Replace(line))
	v.Bytes = append(v.Bytes, b...)
	return err
}

func (v *Vector) title(line string) error {
	name, words, found := strings.Cut(line[1:], "]")
	kind := strings.Fields(words)
	if !found || len(kind) == 0 {
		return fmt.Errorf("want [name] kind")
	}
	v.Name, v.Kind = name, kind[0]
	v.Seen, v.Loose = slices.Contains(kind, "wire"), slices.Contains(kind, "loose")
	return nil
}

func (v *Vector) unit(line string) error {
	var u Unit
	if _, err := fmt.Sscanf(line, "= %s %d %d", &u.Name, &u.Dst, &u.Sixth); err != nil {
		return fmt.Errorf("unit: %w", err)
	}
	v.Units = append(v.Units, u)
	return nil
}

func (u *Unit) values(line string) error {
	for field := range strings.SplitSeq(line, ";") {
		key, text, found := strings.Cut(strings.TrimSpace(field), " ")
		if !found {
			return fmt.Errorf("value %q: want a key and a value", field)
		}
		value := Value{Key: key, Text: text}
		if text[0] == '"' {
			plain, err := strconv.Unquote(text)
			if err != nil {
				return fmt.Errorf("value %q: %w", field, err)
			}
			value.Text, value.Quoted = plain, true
		}
		u.Values = append(u.Values, value)
	}
	return nil
}
