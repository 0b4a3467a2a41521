package naming

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Template is a path with variables. It may be used by many goroutines.
type Template struct {
	text   string
	pieces []piece
}

// piece is fixed text, a variable or a date.
type piece struct {
	text   string // fixed, if neither of the others is set
	name   string // of the variable: "Partner", "Var.x"
	layout string // of the date, as package time writes it
}

func (p piece) fixed() bool { return p.name == "" && p.layout == "" }

// Error is a fault in a template.
type Error struct {
	Template string
	Offset   int // bytes before the fault
	Problem  string
}

// Error gives the place, counted in characters from 1, and the problem.
func (e *Error) Error() string {
	return fmt.Sprintf("character %d: %s", e.Column(), e.Problem)
}

// Column is the fault's place in characters, from 1.
func (e *Error) Column() int { return len([]rune(e.Template[:e.Offset])) + 1 }

// Values are what the variables stand for. A variable that a template uses must not be blank, apart from Folder.
type Values struct {
	Partner, Group, Flow, File, Label, ID, Origin, Destination, Listener string

	Folder string // elements parted by /; "" where the file lies at the top, or its protocol knows no folders

	Var  map[string]string // Var.x, given by an exit
	Time time.Time         // of dates, in its own zone
}

// variables are the typed ones, beside Var.x.
var variables = [...]string{"Partner", "Group", "Flow", "File", "Label", "ID", "Origin", "Destination", "Listener", folderName}

// get returns a variable's value.
func (v Values) get(name string) string {
	switch name {
	case "Partner":
		return v.Partner
	case "Group":
		return v.Group
	case "Flow":
		return v.Flow
	case "File":
		return v.File
	case "Label":
		return v.Label
	case "ID":
		return v.ID
	case "Origin":
		return v.Origin
	case "Destination":
		return v.Destination
	case "Listener":
		return v.Listener
	}
	return v.Var[strings.TrimPrefix(name, varPrefix)]
}

const varPrefix = "Var."

// MaxValue is the longest value of a variable, in bytes.
const MaxValue = 200

// Expand gives the path. It refuses with file.name when a value is no piece of one path element (see [CheckValue]), or
// when the path that results is none a backend takes (see [sdk.CheckPath]).
func (t *Template) Expand(v Values) (string, error) {
	path, err := t.expand(v, t.pieces)
	if err != nil {
		return "", err
	}
	if err := sdk.CheckPath(path); err != nil {
		return "", sdk.Refuse(sdk.FileName, "path %s", t.text).Because(err)
	}
	return path, nil
}

func (t *Template) expand(v Values, pieces []piece) (string, error) {
	var b strings.Builder
	dropped := false // {{.Folder}}, whose / goes with it
	for _, p := range pieces {
		switch {
		case p.name == folderName:
			if err := checkFolder(v.Folder); err != nil {
				return "", sdk.Refuse(sdk.FileName, "variable %s of path %s", p.name, t.text).Because(err)
			}
			b.WriteString(v.Folder)
			dropped = v.Folder == ""
			continue
		case p.layout != "":
			b.WriteString(v.Time.Format(p.layout))
		case p.name != "":
			value := v.get(p.name)
			if err := CheckValue(value); err != nil {
				return "", sdk.Refuse(sdk.FileName, "variable %s of path %s", p.name, t.text).Because(err)
			}
			b.WriteString(value)
		case dropped:
			b.WriteString(strings.TrimPrefix(p.text, "/"))
		default:
			b.WriteString(p.text)
		}
		dropped = false
	}
	return b.String(), nil
}

// CheckValue refuses with file.name a value that is blank, has more than MaxValue bytes, or is no path element of its
// own: no separator, control character or leading dot (see [sdk.CheckElement]).
func CheckValue(value string) error {
	if len(value) > MaxValue {
		return sdk.Refuse(sdk.FileName, "%d bytes, %d are allowed", len(value), MaxValue)
	}
	return sdk.CheckElement(value)
}

// String gives the template as it was written.
func (t *Template) String() string { return t.text }

// Variables lists the variables that the template uses, each once: "Partner", "Var.x".
func (t *Template) Variables() []string {
	var names []string
	for _, p := range t.pieces {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}
