package transcript

import (
	"errors"
	"fmt"
	"strings"

	"github.com/postern/postern/sdk"
)

// File is a parsed transcript.
type File struct {
	Name     string
	Sections []Section
}

// Section is one call.
type Section struct {
	Name     string
	File     string
	Line     int
	role     sdk.Role // 0: the opening's
	terms    []field
	settings []field
	apart    bool // nothing is sent ahead
	steps    []step
}

type verb uint8

const (
	fromPeer verb = iota
	toPeer
	expect
	say
	said
)

type step struct {
	line   int
	verb   verb
	bytes  pattern
	kind   sdk.Kind
	fields []field
	exact  bool
	fails  bool // said error
}

// Parse reads a transcript. Every fault is reported with its line.
func Parse(name string, text []byte) (*File, error) {
	f := &File{Name: name}
	var faults []error
	for i, line := range strings.Split(string(text), "\n") {
		if err := f.parseLine(strings.TrimSuffix(line, "\r"), i+1); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", name, i+1, err))
		}
	}
	if len(f.Sections) == 0 {
		faults = append(faults, fmt.Errorf("%s:1: no section: one begins with \"-- name --\"", name))
	}
	return f, errors.Join(faults...)
}

func (f *File) parseLine(line string, n int) error {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || trimmed[0] == '#' {
		return nil
	}
	if strings.HasPrefix(line, "-- ") && strings.HasSuffix(trimmed, " --") && len(trimmed) > 6 {
		f.Sections = append(f.Sections, Section{Name: trimmed[3 : len(trimmed)-3], File: f.Name, Line: n})
		return nil
	}
	if len(f.Sections) == 0 {
		return errors.New("before the first section")
	}
	s := &f.Sections[len(f.Sections)-1]
	word, rest, _ := strings.Cut(trimmed, " ")
	if text, ok := strings.CutPrefix(line, word+" "); ok && len(word) == 2 && word[1] == '|' {
		rest = text // blanks count here
	}
	st := step{line: n}
	var err error
	switch word {
	case "role", "term", "setting", "coalesce":
		return s.header(word, rest)
	case ">|", "<|":
		st.bytes = literal(rest + "\n")
	case ">", "<":
		st.bytes, err = parseBytes(rest)
	case "!", "say":
		err = st.parseMessage(rest)
	case "said":
		st.fields, err = parseFields(rest)
		st.takeFlag("error", &st.fails)
	default:
		return fmt.Errorf("%q is no step", word)
	}
	st.verb = map[byte]verb{'>': fromPeer, '<': toPeer, '!': expect, 's': say}[word[0]]
	if word == "said" {
		st.verb = said
		if len(s.steps) == 0 || s.steps[len(s.steps)-1].verb != say {
			return errors.New("said follows say")
		}
	}
	if st.verb == fromPeer && st.bytes.wild() {
		return errors.New("?? stands only in what goes to the peer")
	}
	s.steps = append(s.steps, st)
	return err
}

func (s *Section) header(word, rest string) error {
	if len(s.steps) > 0 {
		return fmt.Errorf("%s comes before the first step", word)
	}
	if word == "role" {
		s.role = map[string]sdk.Role{"answering": sdk.Answering, "calling": sdk.Calling}[rest]
		if s.role == 0 {
			return fmt.Errorf("role %q is neither answering nor calling", rest)
		}
		return nil
	}
	if word == "coalesce" {
		if s.apart = rest == "no"; !s.apart {
			return fmt.Errorf("coalesce %q: only no can be said", rest)
		}
		return nil
	}
	fields, err := parseFields(rest)
	if word == "term" {
		s.terms = append(s.terms, fields...)
	} else {
		s.settings = append(s.settings, fields...)
	}
	return err
}

func (st *step) parseMessage(rest string) error {
	name, rest, _ := strings.Cut(rest, " ")
	for k := sdk.KindHello; k.String() != "unknown"; k++ {
		if k.String() == name {
			st.kind = k
		}
	}
	if st.kind == sdk.KindNone {
		return fmt.Errorf("%q is no kind of event or message", name)
	}
	var err error
	if st.fields, err = parseFields(rest); err != nil {
		return err
	}
	st.takeFlag("exact", &st.exact)
	// Setting the fields once finds unknown names and illegal values.
	_, err = st.message()
	return err
}

func (st *step) takeFlag(name string, flag *bool) {
	for i, f := range st.fields {
		if f.name == name {
			st.fields = append(st.fields[:i:i], st.fields[i+1:]...)
			*flag = true
			return
		}
	}
}
