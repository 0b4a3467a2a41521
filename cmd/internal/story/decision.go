package story

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// Decision tells what was decided, by whom, and how long it took.
func Decision(d catalog.Decision) string {
	if d.Point == "operator" {
		return fmt.Sprintf("operator: %s said %s", d.Exit, d.Verdict) + because(d.Detail)
	}
	text := d.Point + ": "
	if d.Exit == sdk.ByServer {
		text += ownWord(d)
	} else {
		text += d.Exit + " " + verdict(d) + withChanges(d.Changes)
	}
	if d.Blocks > 0 {
		text += fmt.Sprintf(", over %s", count.Of(d.Blocks, "block"))
	}
	if d.Duration > 0 {
		text += " (" + d.Duration.Round(time.Microsecond).String() + ")"
	}
	return text
}

// Rule tells which rule of the configuration decided, and where it stood; "" where none did.
func Rule(rule, place string) string {
	switch {
	case rule == "":
		return ""
	case place == "":
		return rule + ", which is not in the configuration: an exit gave it"
	case strings.HasPrefix(place, "default"):
		return rule + ", not given: " + place
	}
	return rule + ", " + place
}

// ownWord is a decision of the server itself.
func ownWord(d catalog.Decision) string {
	switch d.Verdict {
	case "place":
		all := members(d.Changes)
		return "the flow puts the file at " + all["path"] + in(all["backend"])
	case "release":
		return "a held file was released" + because(d.Detail)
	case "restart":
		text := "the transfer was restarted"
		if d.Code != "" {
			text += " after " + coded(d.Code)
		}
		return text + because(d.Detail)
	}
	return "the server said " + d.Verdict + because(d.Detail)
}

func in(backend string) string {
	if backend == "" {
		return ""
	}
	return " in the backend " + backend
}

func verdict(d catalog.Decision) string {
	switch {
	case d.Failed && d.Verdict == sdk.Deny.String():
		return "gave no answer, which refuses" + because(d.Detail)
	case d.Failed:
		return "gave no answer, which counts as no opinion" + because(d.Detail)
	case d.Verdict == sdk.Deny.String():
		return "refused with " + coded(d.Code) + because(d.Detail)
	case d.Verdict == sdk.Allow.String():
		return "allowed it"
	case d.Verdict == sdk.Pass.String() && d.Code != "":
		return "had no effect, with " + coded(d.Code) + because(d.Detail)
	case d.Verdict == sdk.Pass.String():
		return "had nothing against it" + because(d.Detail)
	}
	return "said " + d.Verdict + because(d.Detail)
}

func because(detail string) string {
	if detail == "" {
		return ""
	}
	return ": " + detail
}

func coded(c sdk.Code) string {
	if m := Meaning(c); m != "" {
		return string(c) + " (" + m + ")"
	}
	return string(c)
}

// withChanges tells what an exit changed. Of a partner its id is enough: the rest is its record.
func withChanges(raw json.RawMessage) string {
	all := members(raw)
	var who string
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if name == "partner" {
			var p struct {
				ID   string `json:"id"`
				From string `json:"from"`
			}
			if json.Unmarshal([]byte(value), &p) == nil && p.ID != "" {
				who = "; the partner is " + p.ID
				if p.From != "" {
					who += ", made from the template " + p.From
				}
				continue
			}
		}
		out = append(out, name+" = "+value)
	}
	if len(out) == 0 {
		return who
	}
	return who + "; it set " + strings.Join(out, ", ")
}

// members are the members of an object; texts without their quotes.
func members(raw json.RawMessage) map[string]string {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	out := make(map[string]string, len(all))
	for name, value := range all {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		out[name] = text
	}
	return out
}
