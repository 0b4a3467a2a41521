package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/sdk"
)

// Exit returns an exit as its loader needs it: each secret:// reference in headers, environment and config is replaced by
// what it points at. Never print it.
func (l *Loaded) Exit(name string) Exit {
	return l.revealedExit(l.Exits[name])
}

func (l *Loaded) revealedExit(x Exit) Exit {
	headers := make(map[string]map[string]string, len(x.Grants.Headers))
	for origin, named := range x.Grants.Headers {
		headers[origin] = l.revealed(named)
	}
	x.Grants.Headers = headers
	x.Environment = l.revealed(x.Environment)
	x.Config, _ = l.revealAll(x.Config).(map[string]any)
	return x
}

func (l *Loaded) revealed(in map[string]string) map[string]string {
	out := maps.Clone(in)
	for k, v := range out {
		out[k] = l.reveal(v)
	}
	return out
}

func (l *Loaded) reveal(text string) string {
	if strings.HasPrefix(text, secretPrefix) {
		return l.secrets[text].Reveal()
	}
	return text
}

// revealAll copies settings of any shape.
func (l *Loaded) revealAll(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = l.revealAll(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = l.revealAll(x)
		}
		return out
	case string:
		return l.reveal(v)
	}
	return v
}

// File is the module or the program of an exit.
func (x Exit) File() string {
	if len(x.Process) > 0 {
		return x.Process[0]
	}
	return x.Wasm
}

// Policy says what the file of an exit must be and bear.
func (l *Loaded) Policy(name string) artifact.Policy {
	return l.policy(l.Exits[name])
}

func (l *Loaded) policy(x Exit) artifact.Policy {
	p := artifact.Policy{Folder: l.folder, SHA256: x.SHA256, Trust: l.trust, Require: artifact.Require(l.Plugins.Require)}
	if len(x.Process) > 0 {
		p.Kind = artifact.Program
	}
	return p
}

// PointsOf lists the points at which an exit is asked by anybody's list, in the order of a call.
func (l *Loaded) PointsOf(exit string) (out []sdk.Point) {
	asked := map[sdk.Point]bool{}
	l.eachPoints(func(_ Path, points Points) {
		for point, exits := range points {
			if slices.Contains(exits, exit) {
				asked[sdk.Point(point)] = true
			}
		}
	})
	for _, row := range sdk.Points() {
		if asked[row.Point] {
			out = append(out, row.Point)
		}
	}
	return out
}

// eachPoints visits every points section with what it belongs to.
func (l *Loaded) eachPoints(visit func(Path, Points)) {
	visit(Path{}, l.Points)
	for _, name := range sorted(l.Listeners) {
		visit(Path{}.Key("listeners").Key(name), l.Listeners[name].Points)
	}
	for _, name := range sorted(l.Partners) {
		visit(Path{}.Key("partners").Key(name), l.Partners[name].Points)
	}
	for _, name := range sorted(l.Flows) {
		visit(Path{}.Key("flows").Key(name), l.Flows[name].Points)
	}
}

// PluginFiles lists the files of all exits, backends and protocols, and their signatures, there or not: what a watcher looks at.
func (l *Loaded) PluginFiles() (out []string) {
	for _, name := range sorted(l.Exits) {
		file := l.Exits[name].File()
		out = append(out, file, file+artifact.Suffix)
	}
	l.eachBackendPlugin(func(_ Path, x Exit) { out = append(out, x.File(), x.File()+artifact.Suffix) })
	for _, name := range l.ProtocolPlugins() {
		file := l.Listeners[name].Protocol.file()
		out = append(out, file, file+artifact.Suffix)
	}
	return out
}

// CallFiles lists what decides about calls: the certificates, keys, authorities and revocation lists of all listeners, their
// host keys, and the authorized keys of partners.
func (l *Loaded) CallFiles() (out []string) {
	for _, name := range sorted(l.Listeners) {
		if t := l.Listeners[name].TLS; t != nil {
			out = append(out, t.Cert, t.Key)
			if t.ClientCA != "" {
				out = append(out, t.ClientCA)
			}
			out = append(out, t.CRL...)
		}
		if x := l.Listeners[name].SSH; x != nil {
			out = append(out, x.HostKeys...)
		}
	}
	for _, id := range sorted(l.Partners) {
		if file := l.Partners[id].KeysFile; file != "" {
			out = append(out, file)
		}
	}
	return out
}

// Warnings are what is probably not meant, though it is no fault.
func (l *Loaded) Warnings() Faults {
	r := &report{places: l.places}
	l.Telemetry.warn(r)
	for _, name := range sorted(l.Exits) {
		at := Path{}.Key("exits").Key(name)
		if len(l.PointsOf(name)) == 0 {
			r.keyFault(at, "is listed at no point: it is loaded and never asked")
		}
		if x := l.Exits[name]; x.SHA256 == "" && len(l.trust) == 0 {
			r.keyFault(at, "has neither a pin (sha256) nor a signature: whoever changes its file changes what it decides")
		}
	}
	for _, name := range l.ProtocolPlugins() {
		if l.Listeners[name].Protocol.SHA256 == "" && len(l.trust) == 0 {
			r.keyFault(Path{}.Key("listeners").Key(name).Key("protocol"),
				"has neither a pin (sha256) nor a signature: whoever changes its file changes what it says")
		}
	}
	l.eachBackendPlugin(func(at Path, x Exit) {
		if x.SHA256 == "" && len(l.trust) == 0 {
			r.keyFault(at, "has neither a pin (sha256) nor a signature: whoever changes its file has every file that it stores")
		}
	})
	if err, ok := r.err().(Faults); ok {
		return err
	}
	return nil
}
