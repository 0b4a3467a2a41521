package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/postern/postern/sdk"
)

// check finds what is wrong with the meaning of a configuration whose structure is right.
func (l *Loaded) check(r *report, o Options) {
	l.Throttle.check(r, Path{}.Key("throttle"))
	l.Audit.check(r, Path{}.Key("audit"))
	l.Retention.check(r, Path{}.Key("retention"))
	l.checkNames(r)
	l.checkListeners(r, o.Protocols)
	l.checkTelemetry(r)
	l.checkPartners(r, l.spoken(o.Protocols))
	l.checkFlows(r, o.Protocols)
	l.checkBackends(r)
	l.checkPlugins(r)
	l.checkExits(r)
	l.checkReading(r)
	l.eachPoints(func(at Path, points Points) { l.checkPoints(r, at, points) })
	if o.Secrets != nil {
		l.resolve(r, o.Secrets)
		l.readKeys(r)
		l.checkFiles(r)
		if o.Describe != nil {
			l.describeProtocols(r, o.Describe)
		}
	}
}

// spoken adds the plugins of the listeners to the protocols that ship with the server.
func (l *Loaded) spoken(protocols map[string]sdk.Description) map[string]sdk.Description {
	all := maps.Clone(protocols)
	for _, name := range l.ProtocolPlugins() {
		all[l.Listeners[name].Protocol.Called()] = sdk.Description{}
	}
	return all
}

// sorted returns the names of a map in order, so that faults come out the same each time.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// checkNames refuses names that could not stand in a path, a log line or an environment variable.
func (l *Loaded) checkNames(r *report) {
	for key, names := range map[string][]string{
		"listeners": sorted(l.Listeners), "partners": sorted(l.Partners), "flows": sorted(l.Flows),
		"backends": sorted(l.Backends), "exits": sorted(l.Exits),
	} {
		for _, name := range names {
			if what := nameFault(name); what != "" {
				r.keyFault(Path{}.Key(key).Key(name), "%s", what)
			}
		}
	}
}

func nameFault(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "a name must not be blank"
	case len(name) > 200:
		return "a name has at most 200 bytes"
	case name[0] == '.':
		return "a name must not begin with a dot"
	case strings.ContainsAny(name, `/\*?`) || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }):
		return `a name must not hold /, \, *, ? or control characters`
	}
	return ""
}
