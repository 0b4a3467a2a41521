package story

import (
	"strings"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// NextOfEntry is what an operator can do about a transfer.
func NextOfEntry(e catalog.Entry) []string {
	id := " " + e.ID
	var out []string
	if advice := codes[e.Code].advice; advice != "" && e.Status() != catalog.Done && !(e.Status() == catalog.Kept && temporary(e.Code)) {
		out = append(out, advice) // what would pass by itself does not for one that is kept
	}
	switch e.Status() {
	case catalog.Available:
		return append(out, "wait: the partner fetches it when it calls", "postern catalog keep"+id+" puts it out of the partner's reach",
			"postern catalog delete"+id+" takes it back")
	case catalog.Running:
		return append(out, "postern catalog halt"+id+" stops it; the partner may restart it", "postern catalog keep"+id+" stops it for good")
	case catalog.Interrupted, catalog.Suspended:
		if e.Direction == catalog.Send {
			out = append(out, "postern catalog resume"+id+" makes it available anew, from its beginning")
		}
		return append(out, "postern catalog keep"+id+" keeps the partner from restarting it", "postern catalog delete"+id+" gives it up, with what was received")
	case catalog.Kept:
		return append(out, "postern catalog release"+id+" gives it back to the partner", "postern catalog delete"+id+" gives it up, with what was received")
	case catalog.Processing:
		return append(out, "wait: the exit at done is asked until it answers, for a day; postern plugin list tells how it does",
			"postern catalog resume"+id+" has it asked at once, and for another day")
	}
	return append(out, "nothing: it is over")
}

// NextOfRefusal is what an operator can do about a refusal.
func NextOfRefusal(r catalog.Refusal) []string {
	var out []string
	switch advice := adviceOf(r); {
	case r.Rule != "" && r.Place != "":
		out = append(out, "the rule is "+r.Rule+" ("+r.Place+"): "+advice)
	case advice != "":
		out = append(out, advice)
	}
	if r.Transfer != "" {
		out = append(out, "postern catalog explain "+r.Transfer+" tells about its transfer")
	} else if r.Partner != "" && r.Flow != "" {
		out = append(out, "postern partner test "+r.Partner+" --flow "+r.Flow+" tells whether it would pass now")
	}
	if temporary(r.Code) || r.Temporary {
		out = append(out, "the partner may try again without a change here")
	}
	return out
}

// adviceOf is what can be done about a code, where the refusal tells more about it than the code.
func adviceOf(r catalog.Refusal) string {
	switch {
	case r.Code == sdk.PartnerPassword && strings.HasSuffix(r.Rule, ".authorized_keys"):
		return "add the line of the key to authorized_keys of the partner, or to its authorized_keys_file"
	case r.Code == sdk.FileMissing && r.Direction == sdk.Receive:
		return "have the partner put it into a folder that bears the name of one of its flows, or give it a default_flow"
	}
	return codes[r.Code].advice
}

func temporary(c sdk.Code) bool {
	row, _ := c.Row()
	return row.Temporary
}
