package story

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// Refusal tells why something was refused: who asked for what, in which phase, by whom and by which rule, what was
// decided before, and what an operator can do.
func Refusal(r catalog.Refusal) string {
	w := &writer{}
	w.line("Refused in the %s phase: %s", r.Phase, askedFor(r))
	w.line("  %s, %s, from %s, listener %s%s", moment(r.Time), cmp.Or(r.Partner, "nobody known"), cmp.Or(r.Peer, "-"), cmp.Or(r.Listener, "-"), session(r))
	w.line("")
	w.line("  why     %s", coded(r.Code))
	if why := r.Why(); why != "" {
		w.line("          %s", why)
	}
	w.line("  by      %s", sayer(r))
	if rule := Rule(r.Rule, r.Place); rule != "" {
		w.line("  rule    %s", rule)
	}
	w.line("  said    %s", said(r))
	if r.Count > 1 {
		w.line("  times   %d, the last %s", r.Count, moment(r.LastTime))
	}
	if len(r.Decisions) > 0 {
		w.line("\nDecided until then")
		w.decisions(r.Decisions, nil)
	}
	w.next(NextOfRefusal(r))
	return w.String()
}

func askedFor(r catalog.Refusal) string {
	if r.File == "" && r.Flow == "" {
		return map[string]string{"call": "the call itself", "negotiation": "the session, before a file was asked for"}[r.Phase]
	}
	way := map[sdk.Direction]string{sdk.Receive: " to us", sdk.Send: " to the partner"}[r.Direction]
	return "the file " + cmp.Or(r.Label, r.File, "-") + way + ", flow " + cmp.Or(r.Flow, "not known")
}

func session(r catalog.Refusal) string {
	if r.Session == "" {
		return ""
	}
	return ", session " + r.Session
}

func sayer(r catalog.Refusal) string {
	switch {
	case r.Exit != "":
		return "the exit " + r.Exit + " at " + r.Point
	case r.Point != "":
		return "the server: no exit of " + r.Point + " allowed it"
	}
	return "the server itself"
}

func said(r catalog.Refusal) string {
	row, _ := r.Code.Row()
	text := "nothing: the connection was closed"
	if r.Phase != sdk.PhaseCall.String() && r.Public != "" {
		text = "\"" + r.Public + "\""
		if !strings.HasPrefix(string(r.Code), "exit.") && r.Protocol == "pesit" && row.PeSIT != "" {
			text += ", diagnostic " + row.PeSIT
		}
	}
	if r.Temporary {
		return text + "; the partner may try again"
	}
	return text + "; for good"
}

func termsOf(t sdk.Terms) string {
	b, err := json.Marshal(t)
	if err != nil {
		return "-"
	}
	return string(b)
}
