package main

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// colour is an escape sequence of the terminal; "" is none.
type colour string

const (
	bold   colour = "\x1b[1m"
	red    colour = "\x1b[31m"
	green  colour = "\x1b[32m"
	yellow colour = "\x1b[33m"
	blue   colour = "\x1b[34m"
	cyan   colour = "\x1b[36m"
	normal colour = "\x1b[0m"
)

// cell is one field of a table. Its text may come from a peer: it is made safe when it is printed.
type cell struct {
	text   string
	colour colour
	right  bool
}

func plain(s string) cell { return cell{text: s} }

func number(s string) cell { return cell{text: s, right: true} }

func moment(t time.Time) cell { return plain(t.Local().Format(time.DateTime)) }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// table prints aligned columns while rows still come: the first rows decide the widths.
type table struct {
	app     *app
	colours bool
	widths  []int
	waiting [][]cell // until the widths are decided
	decided bool
	spare   []string     // headings of columns that a terminal without room for them does not get, the first ones first
	left    map[int]bool // columns that are left out
}

// deciding is how many rows decide the widths.
const deciding = 200

func (a *app) table(headings ...string) *table {
	t := &table{app: a, colours: a.colours(), widths: make([]int, len(headings)), left: map[int]bool{}}
	row := make([]cell, len(headings))
	for i, h := range headings {
		row[i] = cell{text: strings.ToUpper(h), colour: bold}
	}
	t.waiting = [][]cell{row}
	return t
}

// width is that of the terminal behind a stream; 0 where there is none.
func (a *app) width(out any) int {
	f, ok := out.(*os.File)
	if !ok {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// colours reports whether standard output is a terminal that wants them.
func (a *app) colours() bool {
	f, ok := a.out.(*os.File)
	if no, set := a.lookupEnv("NO_COLOR"); set && no != "" {
		return false
	}
	return ok && term.IsTerminal(int(f.Fd()))
}

func (t *table) row(cells ...cell) error {
	for i := range cells {
		cells[i].text = safe(cells[i].text)
	}
	if t.decided {
		return t.app.print(t.line(cells))
	}
	t.waiting = append(t.waiting, cells)
	if len(t.waiting) > deciding {
		return t.decide()
	}
	return nil
}

// end prints what still waits.
func (t *table) end() error {
	if t.decided {
		return nil
	}
	return t.decide()
}

func (t *table) decide() error {
	t.decided = true
	for _, row := range t.waiting {
		for i, c := range row {
			t.widths[i] = max(t.widths[i], runewidth.StringWidth(c.text))
			t.waiting[0][i].right = c.right // the heading stands as its column does
		}
	}
	t.fit(t.app.width(t.app.out))
	var b strings.Builder
	for _, row := range t.waiting {
		b.WriteString(t.line(row))
	}
	t.waiting = nil
	return t.app.print(b.String())
}

// lastColumn is the room that the last column is to have at least: it may be text of any length, and goes on below.
const lastColumn = 24

// fit leaves spare columns out until a line fits into the width; 0: there is room for all.
func (t *table) fit(width int) {
	total := -2
	for i, w := range t.widths {
		if i == len(t.widths)-1 {
			w = min(w, lastColumn)
		}
		total += w + 2
	}
	var out []string
	for _, name := range t.spare {
		if width == 0 || total <= width {
			break
		}
		i := slices.IndexFunc(t.waiting[0], func(c cell) bool { return c.text == strings.ToUpper(name) })
		t.left[i] = true
		total -= t.widths[i] + 2
		out = append(out, name)
	}
	if len(out) > 0 {
		t.app.warnf("the terminal has no room for: %s (-o json has all)", strings.Join(out, ", "))
	}
}

func (t *table) line(cells []cell) string {
	var b strings.Builder
	for i, c := range cells {
		if t.left[i] {
			continue
		}
		pad := strings.Repeat(" ", max(0, t.widths[i]-runewidth.StringWidth(c.text)))
		text := c.text
		if t.colours && c.colour != "" {
			text = string(c.colour) + text + string(normal)
		}
		if b.Len() > 0 {
			b.WriteString("  ")
		}
		switch {
		case c.right:
			b.WriteString(pad + text)
		case i == len(cells)-1:
			b.WriteString(text)
		default:
			b.WriteString(text + pad)
		}
	}
	return b.String() + "\n"
}
