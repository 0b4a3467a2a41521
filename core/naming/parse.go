package naming

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/postern/postern/sdk"
)

// Parse reads a template such as
//
//	in/{{.Partner}}/{{date "20060102"}}/{{.File}}-{{.ID}}
//
// The variables are Partner, Group, Flow, File, Label, ID, Origin, Destination, Listener, Folder and Var.x, where x is letters,
// digits and _. Folder is an element of its own, the last one before the file's (see [Template.KeepsFolders]). A date has a layout of package time. The error is an *[Error].
func Parse(text string) (*Template, error) {
	p := &parser{text: text}
	if err := p.run(); err != nil {
		return nil, err
	}
	return &Template{text: text, pieces: p.pieces}, nil
}

type parser struct {
	text   string
	at     int // bytes read
	pieces []piece
	places []int // of the pieces
}

func (p *parser) fault(offset int, format string, args ...any) error {
	return &Error{Template: p.text, Offset: offset, Problem: fmt.Sprintf(format, args...)}
}

func (p *parser) run() error {
	if len(p.text) > sdk.MaxPath {
		return p.fault(0, "the template has %d bytes, %d are allowed", len(p.text), sdk.MaxPath)
	}
	for i := 0; i < len(p.text); {
		r, n := utf8.DecodeRuneInString(p.text[i:])
		if r == utf8.RuneError && n == 1 {
			return p.fault(i, "it is not UTF-8")
		}
		i += n
	}
	for p.at < len(p.text) {
		if err := p.next(); err != nil {
			return err
		}
	}
	if err := p.checkElements(); err != nil {
		return err
	}
	return p.checkFolder()
}

// next reads fixed text or one action.
func (p *parser) next() error {
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, "{{") {
		n := strings.Index(rest, "{{")
		if n < 0 {
			n = len(rest)
		}
		if i := strings.Index(rest[:n], "}}"); i >= 0 {
			return p.fault(p.at+i, "}} without {{")
		}
		p.add(piece{text: rest[:n]}, n)
		return nil
	}
	end := actionEnd(rest)
	if end < 0 {
		return p.fault(p.at, "{{ without }}")
	}
	inside := rest[2 : end-2]
	trimmed := strings.TrimLeft(inside, " \t")
	start := p.at + 2 + len(inside) - len(trimmed)
	action, err := p.action(strings.TrimRight(trimmed, " \t"), start)
	if err != nil {
		return err
	}
	p.add(action, end)
	return nil
}

func (p *parser) add(what piece, length int) {
	p.pieces = append(p.pieces, what)
	p.places = append(p.places, p.at)
	p.at += length
}

// actionEnd finds the end of an action; }} in a quoted layout does not count.
func actionEnd(s string) int {
	quote := byte(0)
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '`'):
			quote = c
		case quote == '"' && c == '\\':
			i++
		case c == quote:
			quote = 0
		case quote == 0 && strings.HasPrefix(s[i:], "}}"):
			return i + 2
		}
	}
	return -1
}

// action reads what stands between {{ and }}.
func (p *parser) action(s string, at int) (piece, error) {
	word, arg := s, ""
	if i := strings.IndexAny(s, " \t\"`"); i >= 0 {
		word, arg = s[:i], strings.TrimLeft(s[i:], " \t")
	}
	argAt := at + len(s) - len(arg)
	switch {
	case s == "":
		return piece{}, p.fault(at, "there is nothing between {{ and }}")
	case strings.Contains(s, "|") && word != "date":
		return piece{}, p.fault(at+strings.Index(s, "|"), "pipelines are not possible here")
	case strings.HasPrefix(word, "."):
		if arg != "" {
			return piece{}, p.fault(argAt, "a variable takes nothing behind it")
		}
		return p.variable(word[1:], at)
	case word == "date":
		return p.date(arg, argAt)
	}
	return piece{}, p.fault(at, "%s", unknown(word))
}

func unknown(word string) string {
	switch word {
	case "if", "else", "end", "range", "with", "define", "template", "block", "break", "continue":
		return word + " is not possible here: a path has variables and dates only"
	}
	if strings.HasPrefix(word, "-") || strings.HasPrefix(word, "/*") || strings.HasPrefix(word, "$") {
		return fmt.Sprintf("%.20q is not possible here: a path has variables and dates only", word)
	}
	for _, v := range variables {
		if strings.EqualFold(v, word) {
			return fmt.Sprintf("%s is no function; the variable is written {{.%s}}", word, v)
		}
	}
	return fmt.Sprintf("function %.40q is unknown; there is only date", word)
}

func (p *parser) variable(name string, at int) (piece, error) {
	if x, ok := strings.CutPrefix(name, varPrefix); ok {
		if !identifier(x) {
			return piece{}, p.fault(at+1+len(varPrefix), "%.40q is no variable's name: letters, digits and _", x)
		}
		return piece{name: name}, nil
	}
	if slices.Contains(variables[:], name) {
		return piece{name: name}, nil
	}
	for _, v := range variables {
		if strings.EqualFold(v, name) {
			return piece{}, p.fault(at, "variable .%s is unknown; did you mean .%s?", name, v)
		}
	}
	return piece{}, p.fault(at, "variable %.40q is unknown; there are .%s and .Var.x", "."+name,
		strings.Join(variables[:], ", ."))
}

func identifier(s string) bool {
	for i, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// date reads a quoted layout and tries it.
func (p *parser) date(arg string, at int) (piece, error) {
	if arg == "" {
		return piece{}, p.fault(at, `date wants a layout: {{date "20060102"}}`)
	}
	quoted, err := strconv.QuotedPrefix(arg)
	if err != nil || quoted[0] == '\'' {
		return piece{}, p.fault(at, `date wants a quoted layout: {{date "20060102"}}`)
	}
	if rest := strings.TrimLeft(arg[len(quoted):], " \t"); rest != "" {
		return piece{}, p.fault(at+len(arg)-len(rest), "nothing may stand behind a date's layout")
	}
	layout, err := strconv.Unquote(quoted)
	if err != nil {
		return piece{}, p.fault(at, "the layout cannot be read")
	}
	// Two times that differ in every field.
	one := time.Date(2001, 2, 3, 4, 5, 6, 7e6, time.UTC)
	other := time.Date(2012, 11, 26, 18, 49, 57, 890123456, time.FixedZone("CET", 3600))
	if one.Format(layout) == other.Format(layout) {
		return piece{}, p.fault(at, `layout %.40q has no date in it; year, month and day are written "20060102"`, layout)
	}
	for _, t := range []time.Time{one, other} {
		if err := CheckValue(t.Format(layout)); err != nil {
			return piece{}, p.fault(at, "layout %.40q gives no path element: %s", layout, detail(err))
		}
	}
	return piece{layout: layout}, nil
}

// checkElements looks at the fixed text: with a good value for every variable, each element must be a good one.
func (p *parser) checkElements() error {
	if p.text == "" {
		return p.fault(0, "the template is empty")
	}
	var element strings.Builder
	start := 0 // of the element
	for i, what := range p.pieces {
		if !what.fixed() {
			element.WriteByte('v')
			continue
		}
		at := p.places[i]
		for j, part := range strings.Split(what.text, "/") {
			if j > 0 {
				if err := p.checkElement(element.String(), start); err != nil {
					return err
				}
				element.Reset()
				start = at
			}
			element.WriteString(part)
			at += len(part) + 1
		}
	}
	return p.checkElement(element.String(), start)
}

func (p *parser) checkElement(element string, at int) error {
	switch {
	case element == "" && at == 0:
		return p.fault(0, "the path begins with /; it is relative to the backend's root")
	case element == "" && at == len(p.text):
		return p.fault(at, "the path ends with /")
	case element == "":
		return p.fault(at, "a path element is empty")
	case element == "." || element == "..":
		return p.fault(at, "the path element %s is not possible", element)
	case strings.HasPrefix(element, "."):
		return p.fault(at, "a path element begins with a dot; such files are hidden ones")
	}
	if err := sdk.CheckElement(element); err != nil {
		return p.fault(at, "%s", detail(err))
	}
	return nil
}

func detail(err error) string {
	if r, ok := sdk.AsRefusal(err); ok {
		return r.Detail
	}
	return err.Error()
}
