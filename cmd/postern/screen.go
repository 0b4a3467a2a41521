package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/postern/postern/core/naming"
)

// screen draws a table on a terminal again and again in the same place.
type screen struct {
	app   *app
	size  func() (width, height int)
	drawn int // lines of the last table
	ended []watched
}

// linger is how long a transfer that has ended stays on the screen.
const linger = 5 * time.Second

// show draws what is running, and above it what has ended of late.
func (s *screen) show(running, ended []watched) error {
	now := s.app.now()
	var kept []watched
	for _, w := range append(s.ended, ended...) {
		if now.Sub(w.Time) < linger {
			kept = append(kept, w)
		}
	}
	s.ended = kept
	width, height := s.size()
	lines := s.lines(append(append([]watched{}, kept...), running...), width, max(height-3, 1))
	var in, out float64
	for _, w := range running {
		if w.Direction == "receive" {
			in += w.Rate
		} else {
			out += w.Rate
		}
	}
	head := fmt.Sprintf("%s  %d running  ← %s  → %s", now.Local().Format(time.TimeOnly), len(running), rateOf(in), rateOf(out))
	var b strings.Builder
	b.WriteString("\x1b[?7l") // a line that is too long is cut, not wrapped
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn) // back to the first line
	}
	for _, line := range append([]string{runewidth.Truncate(head, width, "")}, lines...) {
		b.WriteString("\r\x1b[2K" + line + "\n")
	}
	b.WriteString("\x1b[J\x1b[?7h") // what a longer table left below
	s.drawn = len(lines) + 1
	return s.app.print(b.String())
}

// lines makes the table, at most so high and so wide.
func (s *screen) lines(all []watched, width, height int) []string {
	rows := [][]cell{{head("id"), head(""), head("partner"), head("flow"), head("status"), head("done"), head("rate"), head("left"), head("file")}}
	hidden := max(len(all)-height, 0)
	for _, w := range all[hidden:] {
		rows = append(rows, []cell{plain(w.ID[:min(shortID, len(w.ID))]), plain(arrowOf(w)), plain(w.Partner), plain(w.Flow),
			{text: stateOf(w), colour: statusColour(statusOf(w))}, number(doneOf(w)), number(rateOf(w.Rate)), number(leftOf(w)), plain(naming.Shown(w.Flow, w.File, w.Label))})
	}
	t := &table{app: s.app, colours: s.app.colours(), widths: make([]int, len(rows[0]))}
	for _, row := range rows {
		for i := range row {
			row[i].text = safe(row[i].text)
			t.widths[i] = max(t.widths[i], runewidth.StringWidth(row[i].text))
			rows[0][i].right = row[i].right
		}
	}
	before := 0 // of the last column, which gets what is left of the line
	for _, w := range t.widths[:len(t.widths)-1] {
		before += w + 2
	}
	var out []string
	for _, row := range rows {
		last := &row[len(row)-1]
		last.text = runewidth.Truncate(last.text, max(width-before, 1), "…")
		out = append(out, strings.TrimSuffix(t.line(row), "\n"))
	}
	if hidden > 0 {
		out = append(out, fmt.Sprintf("and %d more", hidden))
	}
	return out
}

func head(text string) cell { return cell{text: strings.ToUpper(text), colour: bold} }
