package config

import (
	"strings"

	"github.com/postern/postern/sdk"
)

// Place tells where the rule stands that a key names, in the words of a fault: "postern.yaml:41:14", "environment NAME",
// "--set KEY". Of a key that is not given it says that its default holds, and where the thing is that it belongs to. "" is
// no key of this configuration: a partner that an exit made up has none.
func (l *Loaded) Place(rule string) string {
	if o, ok := l.places.values[rule]; ok {
		return o.String()
	}
	top, _, _ := strings.Cut(rule, ".")
	if _, ok := configField().inside(Step{Key: top}); !ok {
		return ""
	}
	for around := parentOf(rule); strings.Contains(around, "."); around = parentOf(around) {
		if o, ok := l.places.values[around]; ok {
			return "default; " + around + " is at " + o.String()
		}
	}
	if strings.HasPrefix(rule, "partners.") || strings.HasPrefix(rule, "flows.") || strings.HasPrefix(rule, "exits.") {
		return "" // nothing of that name is configured
	}
	return LayerDefault
}

// parentOf takes the last key or position off a rule; a key in quotes may hold dots.
func parentOf(rule string) string {
	quoted, cut := false, -1
	for i, r := range rule {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == '.' || r == '['):
			cut = i
		}
	}
	if cut < 0 {
		return ""
	}
	return rule[:cut]
}

// TimeoutRule names the rule that sets a listener's timer: its own, or the server's.
func (l *Loaded) TimeoutRule(listener, key string) string {
	own := sdk.RuleOf("listeners", listener, "timeouts", key)
	if _, given := l.places.values[own]; given {
		return own
	}
	return sdk.RuleOf("timeouts", key)
}
