package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/artifact"
)

// The types of backends that are plugins.
const (
	backendModule  = "wasm"
	backendProcess = "process"
)

// IsPlugin reports whether a backend is loaded from a file.
func (b Backend) IsPlugin() bool { return b.Type == backendModule || b.Type == backendProcess }

// Exit is a backend as the loaders of plugins see it: what has the same keys as an exit is checked and read like one.
func (b Backend) Exit() Exit {
	return Exit{Wasm: b.Wasm, Process: b.Process, SHA256: b.SHA256, Grants: b.Grants, Limits: b.Limits, Environment: b.Environment,
		Sandbox: b.Sandbox, Config: b.Config}
}

// Backend returns a backend as it is opened: each secret:// reference is replaced by what it points at. Never print it.
func (l *Loaded) Backend(name string) Backend {
	b := l.Backends[name]
	if b.IsPlugin() {
		x := l.revealedExit(b.Exit())
		b.Grants, b.Environment, b.Config = x.Grants, x.Environment, x.Config
	}
	return b
}

// BackendPolicy says what the file of a backend must be and bear.
func (l *Loaded) BackendPolicy(name string) artifact.Policy { return l.policy(l.Backends[name].Exit()) }

// eachBackendPlugin visits every backend that is loaded from a file, as its loader sees it.
func (l *Loaded) eachBackendPlugin(visit func(at Path, x Exit)) {
	for _, name := range sorted(l.Backends) {
		if b := l.Backends[name]; b.IsPlugin() {
			visit(Path{}.Key("backends").Key(name), b.Exit())
		}
	}
}

// backendDefaults returns the defaults of each backend, by its type.
func backendDefaults(given map[string]any) map[string]any {
	out := map[string]any{}
	backends, _ := given["backends"].(map[string]any)
	for name, x := range backends {
		one := DefaultBackend()
		if keys, ok := x.(map[string]any); ok && keys["type"] == backendModule {
			one.Limits = ExitLimits{Memory: moduleMemory, Fuel: backendFuel}
		}
		out[name] = one
	}
	return out
}

// checkPluginBackend checks what a backend of the types wasm and process has.
func (l *Loaded) checkPluginBackend(r *report, at Path, name string, b Backend) {
	g := at.Key("grants")
	switch {
	case b.Type == backendModule && b.Wasm == "":
		r.fault(at.Key("wasm"), "is missing: a wasm backend is a module")
		return
	case b.Type == backendProcess && len(b.Process) == 0:
		r.fault(at.Key("process"), "is missing: a process backend is a program and its arguments")
		return
	case b.Type == backendModule && len(b.Process) > 0, b.Type == backendProcess && b.Wasm != "":
		r.keyFault(at, "has both wasm and process: its type is one of them")
		return
	}
	of := DefaultBackend()
	of.Type, of.Wasm, of.Process, of.SHA256, of.Grants, of.Limits = b.Type, b.Wasm, b.Process, b.SHA256, b.Grants, b.Limits
	of.Environment, of.Sandbox, of.Config = b.Environment, b.Sandbox, b.Config
	if !reflect.DeepEqual(b, of) {
		r.fault(at, "has keys that only a backend that ships with the server knows; a plugin has its own settings in config")
	}
	for key, given := range map[string]bool{"secrets": len(b.Grants.Secrets) > 0, "verify_password": b.Grants.VerifyPassword,
		"partners": len(b.Grants.Partners) > 0, "file": b.Grants.File} {
		if given {
			r.keyFault(g.Key(key), "is for an exit: a backend knows no partners; its own secrets stand in config")
		}
	}
	b.Exit().check(r, at)
	l.checkGrants(r, g, b.Grants)
	l.checkBelow(r, g.Key("backend"), name, b)
}

// checkBelow wants the backend below to be there and to lead to one that stands on nothing.
func (l *Loaded) checkBelow(r *report, at Path, name string, b Backend) {
	below := b.Grants.Backend
	if below == "" {
		return
	}
	if b.Type == backendProcess {
		r.keyFault(at, "is for a WASM module; a process has what its sandbox gives it")
		return
	}
	for chain := []string{name}; below != ""; below = l.Backends[below].Grants.Backend {
		if _, ok := l.Backends[below]; !ok {
			if len(chain) == 1 {
				r.fault(at, "there is no backend %q%s", below, didYouMean(below, sorted(l.Backends)))
			}
			return
		}
		if chain = append(chain, below); slices.Contains(chain[:len(chain)-1], below) {
			r.fault(at, "leads back to itself: %s", strings.Join(chain, " over "))
			return
		}
	}
}

// BackendsInOrder lists the backends, each behind the one below it.
func (l *Loaded) BackendsInOrder() (out []string) {
	var add func(name string)
	add = func(name string) {
		if slices.Contains(out, name) {
			return
		}
		if below := l.Backends[name].Grants.Backend; below != "" {
			add(below)
		}
		out = append(out, name)
	}
	for _, name := range sorted(l.Backends) {
		add(name)
	}
	return out
}
