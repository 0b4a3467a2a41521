package invariant

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Attempt is one attempt at a transfer as its requester saw it, read from what --trace prints.
type Attempt struct {
	Send     bool  // we gave a file; else we fetched it
	Begun    bool  // data was let flow
	Start    int64 // the point it began at
	Said     int64 // the last sync point that was said, by whoever sends
	Acked    int64 // the last one that was acknowledged
	Data     int64 // bytes of data units, headers included
	Units    int64 // data units
	Finished bool  // the end was acknowledged
	Refused  string
}

var (
	field = regexp.MustCompile(`\b(?:18:point|20:sync)=(\d+)`)
	units = regexp.MustCompile(`DTF: (\d+) units?, (\d+) bytes?`)
	wrong = regexp.MustCompile(`2:diagnostic=(\d-\d{3})`)
)

// ReadTrace reads the last attempt that a trace tells of.
func ReadTrace(trace string) Attempt {
	var a Attempt
	for line := range strings.Lines(trace) {
		sign, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || sign != "->" && sign != "<-" {
			continue
		}
		unit, _, _ := strings.Cut(rest, " ")
		a.read(sign == "->", unit, rest)
	}
	return a
}

func (a *Attempt) read(ours bool, unit, line string) {
	number := int64(0)
	if m := field.FindStringSubmatch(line); m != nil {
		number, _ = strconv.ParseInt(m[1], 10, 64)
	}
	fine := true
	if m := wrong.FindStringSubmatch(line); m != nil && m[1] != "0-000" {
		a.Refused, fine = m[1], false
	}
	switch unit {
	case "CREATE", "SELECT":
		*a = Attempt{Send: unit == "CREATE"}
	case "READ":
		a.Start = number
	case "ACK(READ)":
		a.Begun = fine
		a.Acked, a.Said = a.Start, a.Start
	case "ACK(WRITE)":
		a.Begun, a.Start, a.Acked, a.Said = fine, number, number, number
	case "SYN":
		if ours == a.Send {
			a.Said = number
		}
	case "ACK(SYN)":
		a.Acked = number
	case "ACK(TRANS.END)":
		a.Finished = fine
	case "DTF:":
		if m := units.FindStringSubmatch(line); m != nil {
			n, _ := strconv.ParseInt(m[1], 10, 64)
			b, _ := strconv.ParseInt(m[2], 10, 64)
			a.Units, a.Data = a.Units+n, a.Data+b
		}
	}
}

// Course is all attempts at one transfer, oldest first.
type Course struct {
	Name     string
	Size     int64 // bytes of the file
	Interval int64 // bytes between two sync points; 0: what is acknowledged is not durable, and it may begin anew
	Attempts []Attempt
}

// unitHeader is what a data unit has around its bytes at most: its own header and its share of an entity's.
const unitHeader = 8

// Check reads the last attempt against those before: it begins at no point that was not said, at no earlier one than was
// acknowledged, and sends no more than what is behind it. Segment headers of multi-article units are not allowed for:
// the files are streams.
func (c *Course) Check() []error {
	n := len(c.Attempts) - 1
	if n < 0 || !c.Attempts[n].Begun {
		return nil
	}
	last := c.Attempts[n]
	var acked, said int64
	for _, a := range c.Attempts[:n] {
		acked, said = max(acked, a.Acked), max(said, a.Said)
	}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s, attempt %d: "+format, append([]any{c.Name, n + 1}, args...)...))
	}
	if last.Start < acked && c.Interval > 0 {
		fault("it begins at point %d, %d was acknowledged: more than the unacknowledged part is sent again", last.Start, acked)
	}
	if last.Start > said {
		fault("it begins at point %d, no point behind %d was ever said", last.Start, said)
	}
	if rest := c.Size - last.Start*c.Interval; last.Finished && c.Interval > 0 && last.Data > rest+unitHeader*last.Units {
		fault("%d bytes of data were sent, %d were left", last.Data, rest)
	}
	return faults
}

// Acked is the last point that any attempt saw acknowledged, and that must be kept.
func (c *Course) Acked() (n int64) {
	if c.Interval == 0 {
		return 0
	}
	for _, a := range c.Attempts {
		n = max(n, a.Acked)
	}
	return n
}
