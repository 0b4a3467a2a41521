package config

import (
	"path/filepath"
	"strings"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/sdk"
)

// Protocol names a protocol that ships with the server, or is a plugin: a WASM module or a program.
type Protocol struct {
	Name        string            `koanf:"name" doc:"What protocols of a partner call it; of a plugin the name of its file without its ending."` // a built-in one is written as a plain string
	Wasm        string            `koanf:"wasm" doc:"A WASM module."`
	Process     []string          `koanf:"process" doc:"A program and its arguments."`
	SHA256      string            `koanf:"sha256" doc:"Digest of the module or program, 64 hexadecimal digits: it is pinned, and no other is loaded."`
	Limits      ExitLimits        `koanf:"limits" doc:"What it may use; an instance of a module speaks for one call, and 64 do at once by default."`
	Environment map[string]string `koanf:"environment" doc:"The whole environment of a process; a value may be a secret:// reference."`
	Sandbox     *Sandbox          `koanf:"sandbox" doc:"What a process may reach, where the system can hold it to that."`
	Config      map[string]any    `koanf:"config" doc:"Its own settings; text may be a secret:// reference, which it is shown."`
}

// MarshalText writes the name.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.Called()), nil }

// Plugin reports whether it is one.
func (p Protocol) Plugin() bool { return p.Wasm != "" || len(p.Process) > 0 }

// Called is the name that a partner's protocols, the log and the catalog have for it.
func (p Protocol) Called() string {
	if p.Name != "" || !p.Plugin() {
		return p.Name
	}
	file := filepath.Base(p.file())
	return strings.TrimSuffix(file, filepath.Ext(file))
}

func (p Protocol) file() string {
	if len(p.Process) > 0 {
		return p.Process[0]
	}
	return p.Wasm
}

// plugin is what a plugin's loader needs of it, as an exit has it.
func (p Protocol) plugin() Exit {
	x := DefaultModule()
	if len(p.Process) > 0 {
		x = DefaultProcess()
	}
	memory, fuel := x.Limits.Memory, x.Limits.Fuel
	x.Wasm, x.Process, x.SHA256, x.Limits, x.Environment, x.Sandbox, x.Config =
		p.Wasm, p.Process, p.SHA256, p.Limits, p.Environment, p.Sandbox, p.Config
	if x.Limits.Memory == 0 {
		x.Limits.Memory = memory
	}
	if x.Limits.Fuel == 0 {
		x.Limits.Fuel = fuel
	}
	return x
}

// ProtocolPlugins lists the listeners whose protocol is a plugin, in order.
func (l *Loaded) ProtocolPlugins() (out []string) {
	for _, name := range sorted(l.Listeners) {
		if l.Listeners[name].Protocol.Plugin() {
			out = append(out, name)
		}
	}
	return out
}

// ProtocolPlugin returns the plugin of a listener as its loader needs it, each secret:// reference replaced. Never print it.
func (l *Loaded) ProtocolPlugin(listener string) Exit {
	return l.revealedExit(l.Listeners[listener].Protocol.plugin())
}

// ProtocolPolicy says what the file of a listener's protocol must be and bear.
func (l *Loaded) ProtocolPolicy(listener string) artifact.Policy {
	return l.policy(l.Listeners[listener].Protocol.plugin())
}

// description is what a listener's protocol says of itself; ok is false where it was not asked.
func (l *Loaded) description(listener string) (sdk.Description, bool) {
	if p := l.Listeners[listener].Protocol; !p.Plugin() {
		d, ok := l.protocols[p.Name]
		return d, ok
	}
	d, ok := l.described[listener]
	return d, ok
}

// checkProtocolPlugin checks what the configuration says of a plugin, without its file.
func checkProtocolPlugin(r *report, at Path, p Protocol, protocols map[string]sdk.Description) {
	if _, ships := protocols[p.Called()]; ships {
		r.keyFault(at, "is called %s like a protocol that ships with the server: give it a name of its own, name: NAME", p.Called())
	} else if !exitName.MatchString(p.Called()) {
		r.keyFault(at, "the name of a protocol has at most 64 characters, A to Z, a to z, 0 to 9, _, . and -: give it one, name: NAME")
	}
	x := p.plugin()
	x.check(r, at)
	if x.Limits.Transfers != 0 {
		r.keyFault(at.Key("limits").Key("transfers"), "is for exits that filter; the calls that a protocol speaks for at once are instances")
	}
}

// describeProtocols asks the plugins what they are, and holds the listeners' terms against it.
func (l *Loaded) describeProtocols(r *report, describe func(l *Loaded, listener string) (sdk.Description, error)) {
	l.described = map[string]sdk.Description{}
	for _, name := range l.ProtocolPlugins() {
		x, at := l.Listeners[name], Path{}.Key("listeners").Key(name)
		where := fileKey(at.Key("protocol"), x.Protocol.plugin())
		if r.has(at.Key("protocol")) {
			continue // it cannot be loaded as it is
		}
		d, err := describe(l, name)
		if err != nil {
			r.fault(where, "%v", err)
			continue
		}
		l.described[name] = d
		checkTerms(r, at.Key("terms"), x, d)
	}
}
