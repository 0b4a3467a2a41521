package config

import (
	"regexp"
	"strings"
	"time"
)

var (
	exitName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	digest   = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
)

func (l *Loaded) checkExits(r *report) {
	for _, name := range sorted(l.Exits) {
		x, at := l.Exits[name], Path{}.Key("exits").Key(name)
		if _, ships := builtIn()[name]; ships {
			r.keyFault(at, "is the name of an exit that ships with the server")
		} else if !exitName.MatchString(name) {
			r.keyFault(at, "the name of an exit has at most 64 characters, A to Z, a to z, 0 to 9, _, . and -")
		}
		x.check(r, at)
		l.checkGrants(r, at.Key("grants"), x.Grants)
		if x.Grants.Backend != "" {
			r.keyFault(at.Key("grants").Key("backend"), "is for a backend over another one")
		}
	}
}

// check looks at what every plugin has.
func (x Exit) check(r *report, at Path) {
	x.checkKind(r, at)
	if x.SHA256 != "" && !digest.MatchString(x.SHA256) {
		r.fault(at.Key("sha256"), "is no SHA-256 digest: it has 64 hexadecimal digits")
	}
	x.Limits.check(r, at.Key("limits"))
	for _, name := range sorted(x.Environment) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(x.Environment[name], 0) {
			r.keyFault(at.Key("environment").Key(name), "is no environment variable")
		}
	}
}

// checkKind wants a module or a program, and refuses what belongs to the other of the two.
func (x Exit) checkKind(r *report, at Path) {
	module, process := x.Wasm != "", len(x.Process) > 0
	switch {
	case module && process:
		r.keyFault(at, "has both wasm and process: it can be one of them")
		return
	case !module && !process:
		r.keyFault(at, "needs wasm, a module, or process, a program and its arguments")
		return
	case process && x.Process[0] == "":
		r.fault(at.Key("process").Item(0), "names no program")
	}
	g, limits := at.Key("grants"), at.Key("limits")
	if process && x.Grants.VerifyPassword {
		r.keyFault(g.Key("verify_password"), "is for a WASM module; a process that checks passwords is shown them, by secrets: [password]")
	}
	for _, k := range []struct {
		at      Path
		given   bool
		process bool // belongs to a process
	}{
		{at.Key("kind"), x.Kind != "", false},
		{g.Key("http"), len(x.Grants.HTTP) > 0, false},
		{g.Key("headers"), len(x.Grants.Headers) > 0, false},
		{g.Key("folders"), len(x.Grants.Folders) > 0, false},
		{g.Key("clock"), x.Grants.Clock, false},
		{g.Key("store"), x.Grants.Store, false},
		{limits.Key("fuel"), x.Limits.Fuel != 0, false},
		{limits.Key("instances"), x.Limits.Instances != 0, false},
		{limits.Key("transfers"), x.Limits.Transfers != 0, false},
		{limits.Key("block"), x.Limits.Block != 0, false},
		{at.Key("environment"), len(x.Environment) > 0, true},
		{at.Key("sandbox"), x.Sandbox != nil, true},
		{limits.Key("files"), x.Limits.Files != 0, true},
		{limits.Key("processes"), x.Limits.Processes != 0, true},
		{limits.Key("in_flight"), x.Limits.InFlight != 0, true},
	} {
		switch {
		case !k.given || k.process == process:
		case process:
			r.keyFault(k.at, "is for a WASM module; what a process may do, its sandbox and its user say")
		default:
			r.keyFault(k.at, "is for a process; a WASM module has nothing that its grants do not give")
		}
	}
	if module && (x.Limits.Memory < 1<<20 || x.Limits.Memory > 1<<30) {
		r.fault(limits.Key("memory"), "must be from 1MiB to 1GiB for a WASM module")
	}
	if process && x.Limits.Memory > 0 && x.Limits.Memory < 16<<20 {
		r.fault(limits.Key("memory"), "must be at least 16MiB for a process")
	}
}

func (l ExitLimits) check(r *report, at Path) {
	if l.Deadline == NoDuration || l.Deadline.Std() > time.Hour || l.Deadline > 0 && l.Deadline.Std() < time.Millisecond {
		r.fault(at.Key("deadline"), "must be from 1ms to 1h: every answer needs an end")
	}
	if l.Fuel != 0 && (l.Fuel < 1000 || l.Fuel > 1e12) {
		r.fault(at.Key("fuel"), "must be from 1k to 1000G")
	}
	if l.Block != 0 && (l.Block < 4<<10 || l.Block > 4<<20) {
		r.fault(at.Key("block"), "must be from 4KiB to 4MiB")
	}
	for _, k := range []struct {
		key         string
		n           Limit
		least, most Limit
	}{{"instances", l.Instances, 1, 4096}, {"transfers", l.Transfers, 1, 65_536}, {"in_flight", l.InFlight, 1, 65_536}, {"files", l.Files, 16, 1 << 20}} {
		if k.n != 0 && (k.n < k.least || k.n > k.most) {
			r.fault(at.Key(k.key), "must be from %d to %d", k.least, k.most)
		}
	}
}
