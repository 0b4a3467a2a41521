package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path is where a value stands in the configuration: keys, and positions in lists.
type Path []Step

// Step is a key, or a position in a list when Key is empty and List is set.
type Step struct {
	Key  string
	At   int
	List bool
}

// Key returns the path one key further in. The receiver is never shared.
func (p Path) Key(key string) Path { return append(slices.Clip(p), Step{Key: key}) }

// Item returns the path of a list's item, from 0 on.
func (p Path) Item(i int) Path { return append(slices.Clip(p), Step{At: i, List: true}) }

// String gives limits.max_sessions, partners."A.B".hours[0].from.
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.List:
			fmt.Fprintf(&b, "[%d]", s.At)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if s.Key == "" || strings.ContainsFunc(s.Key, needsQuotes) {
			b.WriteString(strconv.Quote(s.Key))
		} else {
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

func needsQuotes(r rune) bool {
	return r <= ' ' || strings.ContainsRune(".[]\"'=\\", r) || !strconv.IsPrint(r)
}

// Origin is the layer a value comes from, and where in it.
type Origin struct {
	Layer string // default, file, environment, set
	Name  string // the file's path, the variable's name, the --set key
	Line  int    // in a file, from 1 on; 0 unknown
	Col   int    // in characters, from 1 on; 0 unknown
}

// The layers, in the order in which they are loaded: a later one wins.
const (
	LayerDefault     = "default"
	LayerFile        = "file"
	LayerEnvironment = "environment"
	LayerSet         = "set"
)

// String gives "postern.yaml:3:12", "environment POSTERN_X", "--set key" or "default".
func (o Origin) String() string {
	switch {
	case o.Layer == LayerEnvironment:
		return "environment " + o.Name
	case o.Layer == LayerSet:
		return "--set " + o.Name
	case o.Layer == LayerDefault:
		return LayerDefault
	case o.Line == 0:
		return o.Name
	}
	return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Col)
}

// Fault is one thing that is wrong.
type Fault struct {
	Origin Origin
	Path   Path // empty where no key is concerned
	What   string

	stray bool // a key that is not known: it says nothing of the thing it stands in
}

// Error gives "postern.yaml:3:12: limits.max_sessions: what is wrong".
func (f Fault) Error() string {
	parts := make([]string, 0, 3)
	if where := f.Origin.String(); where != "" && where != LayerDefault {
		parts = append(parts, where)
	}
	if len(f.Path) > 0 && (f.Origin.Layer != LayerSet || f.Path.String() != f.Origin.Name) {
		parts = append(parts, f.Path.String())
	}
	return strings.Join(append(parts, f.What), ": ")
}

// Faults are all the things that are wrong: those of the file by position, then the environment's, then --set's.
type Faults []Fault

// Error gives one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}
