package story

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/visible"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// writer gathers the lines of a story.
type writer struct{ strings.Builder }

// line writes one line, whatever a peer has put into what it tells; a newline at its very beginning leaves one empty
// before it.
func (w *writer) line(format string, args ...any) {
	if rest, ok := strings.CutPrefix(format, "\n"); ok {
		w.WriteByte('\n')
		format = rest
	}
	w.WriteString(visible.Text(fmt.Sprintf(format, args...)))
	w.WriteByte('\n')
}

// Indent is how far the lines of a phase stand in.
const indent = "    "

func heading(p sdk.Phase) string { return fmt.Sprintf("%d %s", p, p) }

// phaseOf is the phase that a decision belongs to; 0: an operator's, between the calls.
func phaseOf(d catalog.Decision) sdk.Phase {
	row, _ := sdk.Point(d.Point).Row()
	return row.Phase
}

// decisions tells what was decided in the order in which it was, under its phases. Each attempt begins with its call.
// facts are told at the end of a phase of the last attempt; phases without anything to tell are left out.
func (w *writer) decisions(all []catalog.Decision, facts map[sdk.Phase][]string) {
	last := lastAttempt(all)
	attempt, now := 1, sdk.Phase(0)
	told := map[sdk.Phase]bool{}
	enter := func(p sdk.Phase) {
		if p != now {
			w.line("%s", heading(p))
		}
		now = p
	}
	close := func(upTo sdk.Phase) { // what is known of the phases that are over
		for p := max(now, sdk.PhaseCall); p <= upTo; p++ {
			if len(facts[p]) > 0 && !told[p] {
				enter(p)
				for _, f := range facts[p] {
					w.line(indent+"%s", f)
				}
			}
			told[p] = true
		}
	}
	for i, d := range all {
		p := phaseOf(d)
		switch {
		case p == 0:
			if !slices.ContainsFunc(all[i:], ofPhase) { // it came when the transfer was over, or as far as it is
				close(sdk.PhaseDisconnection)
			}
			w.line("%s", stamp(d)+Decision(d))
			continue
		case p < now && now > sdk.PhaseNegotiation && begins(d):
			attempt++
			w.line("attempt %d", attempt)
			now = 0
		}
		if i >= last && p > now {
			close(p - 1)
		}
		enter(p)
		w.line(indent+"%s%s", stamp(d), Decision(d))
		if rule := Rule(d.Rule, d.Place); rule != "" {
			w.line(indent+"%s  by %s", strings.Repeat(" ", len(stamp(d))), rule)
		}
	}
	close(sdk.PhaseDisconnection)
}

func ofPhase(d catalog.Decision) bool { return phaseOf(d) != 0 }

// begins reports whether a decision can be the first of an attempt.
func begins(d catalog.Decision) bool {
	return phaseOf(d) < sdk.PhaseFile || d.Verdict == "restart"
}

// lastAttempt is where the last attempt begins.
func lastAttempt(all []catalog.Decision) (at int) {
	now := sdk.Phase(0)
	for i, d := range all {
		p := phaseOf(d)
		if p != 0 && p < now && now > sdk.PhaseNegotiation && begins(d) {
			at = i
		}
		if p != 0 {
			now = p
		}
	}
	return at
}

func stamp(d catalog.Decision) string { return d.Time.Local().Format("15:04:05.000") + "  " }

// next tells what can be done.
func (w *writer) next(what []string) {
	if len(what) == 0 {
		return
	}
	w.line("\nWhat you can do")
	for _, x := range what {
		w.line("  - %s", x)
	}
}
