package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The words of sandbox.
const (
	SandboxNone     = "none"
	SandboxLandlock = "landlock"
)

// Access is what the server does with what lies at a path.
type Access uint8

const (
	Read    Access = iota // reads and lists
	Execute               // reads, lists and executes
	Write                 // reads, lists and changes
)

// String names it.
func (a Access) String() string { return [...]string{"read", "execute", "write"}[a] }

// Reach is a file or folder that a configuration names, with all below it.
type Reach struct {
	At     Path   // the key
	Path   string // absolute
	Access Access
}

// Port is a TCP port that a configuration has the server bind (0: whichever is free), or call.
type Port struct {
	At   Path
	Port uint16
}

// Reaches lists all that the server reaches with this configuration, the configuration itself among it. Of files that it
// reads the folder is listed: they are replaced by others under the same name, and their folder is watched.
func (l *Loaded) Reaches() (out []Reach) {
	add := func(at Path, access Access, path string) {
		if path != "" {
			out = append(out, Reach{at, path, access})
		}
	}
	file := func(at Path, access Access, path string) {
		if path == "" {
			return
		}
		add(at, access, filepath.Dir(path))
		if to := resolved(path); to != path {
			add(at, access, filepath.Dir(to))
		}
	}
	if path, err := filepath.Abs(l.Path); err == nil && l.Path != "" {
		file(nil, Read, path)
	}
	add(Path{}.Key("data_dir"), Write, l.DataDir)
	if l.Audit.Enabled {
		add(Path{}.Key("audit").Key("dir"), Write, l.AuditDir())
	}
	for _, name := range sorted(l.Backends) {
		at := Path{}.Key("backends").Key(name)
		add(at.Key("root"), Write, l.Backends[name].Root)
		file(at.Key("ca"), Read, l.Backends[name].CA)
	}
	for _, name := range sorted(l.Listeners) {
		if t, at := l.Listeners[name].TLS, (Path{}).Key("listeners").Key(name).Key("tls"); t != nil {
			file(at.Key("cert"), Read, t.Cert)
			file(at.Key("key"), Read, t.Key)
			file(at.Key("client_ca"), Read, t.ClientCA)
			for i, path := range t.CRL {
				file(at.Key("crl").Item(i), Read, path)
			}
		}
	}
	for _, name := range sorted(l.Listeners) {
		if x, at := l.Listeners[name].SSH, (Path{}).Key("listeners").Key(name).Key("ssh").Key("host_keys"); x != nil {
			for i, path := range x.HostKeys {
				file(at.Item(i), Read, path)
			}
		}
	}
	for _, id := range sorted(l.Partners) {
		file(Path{}.Key("partners").Key(id).Key("authorized_keys_file"), Read, l.Partners[id].KeysFile)
	}
	for i, path := range l.Plugins.Trust {
		if filepath.IsAbs(path) { // anything else is a key itself
			file(Path{}.Key("plugins").Key("trust").Item(i), Read, path)
		}
	}
	l.reachesOfExits(add, file)
	l.secretFiles(nil, encode(reflect.ValueOf(l.Config)), file)
	return out
}

func (l *Loaded) reachesOfExits(add, file func(Path, Access, string)) {
	visit := func(at Path, x Exit) {
		reachesOfPlugin(at, x, add, file)
		for _, folder := range sorted(x.Grants.Folders) {
			add(at.Key("grants").Key("folders").Key(folder), Read, x.Grants.Folders[folder])
		}
	}
	for _, name := range sorted(l.Exits) {
		visit(Path{}.Key("exits").Key(name), l.Exits[name])
	}
	l.eachBackendPlugin(visit)
	for _, name := range l.ProtocolPlugins() {
		reachesOfPlugin(Path{}.Key("listeners").Key(name).Key("protocol"), l.Listeners[name].Protocol.plugin(), add, file)
	}
}

// reachesOfPlugin lists a plugin's file, and what its sandbox names.
func reachesOfPlugin(at Path, x Exit, add, file func(Path, Access, string)) {
	file(at.Key("wasm"), Read, x.Wasm)
	if len(x.Process) > 0 {
		file(at.Key("process").Item(0), Execute, x.Process[0])
	}
	if b := x.Sandbox; b != nil {
		for i, path := range b.Read {
			add(at.Key("sandbox").Key("read").Item(i), Execute, path)
		}
		for i, path := range b.Write {
			add(at.Key("sandbox").Key("write").Item(i), Write, path)
			add(at.Key("sandbox").Key("write").Item(i), Execute, path)
		}
	}
}

// secretFiles finds every file that a reference names, wherever references may stand.
func (l *Loaded) secretFiles(at Path, v any, file func(Path, Access, string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sorted(v) {
			l.secretFiles(at.Key(k), v[k], file)
		}
	case []any:
		for i, x := range v {
			l.secretFiles(at.Item(i), x, file)
		}
	case string:
		if path, ok := strings.CutPrefix(v, secretPrefix+"file/"); ok && path != "" {
			if !filepath.IsAbs(path) {
				path = filepath.Join(l.folder, path)
			}
			file(at, Read, path)
		}
	}
}

// Binds lists the ports of the listeners and of the telemetry.
func (l *Loaded) Binds() (out []Port) {
	add := func(at Path, address string) {
		if _, port, err := net.SplitHostPort(address); err == nil {
			n, _ := strconv.ParseUint(port, 10, 16) // it was checked
			out = append(out, Port{at, uint16(n)})
		}
	}
	for _, name := range sorted(l.Listeners) {
		add(Path{}.Key("listeners").Key(name).Key("address"), l.Listeners[name].Address)
	}
	if l.Telemetry.Address != "" {
		add(Path{}.Key("telemetry").Key("address"), l.Telemetry.Address)
	}
	return out
}

// Calls lists the ports that exits may call, and those of object stores. anywhere are the exits that may call any:
// processes, unless their sandbox forbids them the network.
func (l *Loaded) Calls() (ports []Port, anywhere []Path) {
	call := func(at Path, origin string) {
		const domain = 53 // names are asked for over TCP where an answer is long
		u, err := url.Parse(origin)
		if err != nil || origin == "" {
			return // it was checked
		}
		port := map[string]uint16{"https": 443, "http": 80}[u.Scheme]
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
			port = uint16(n)
		}
		ports = append(ports, Port{at, port})
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			ports = append(ports, Port{at, domain})
		}
	}
	for _, name := range sorted(l.Backends) {
		call(Path{}.Key("backends").Key(name).Key("endpoint"), l.Backends[name].Endpoint)
	}
	visit := func(at Path, x Exit) {
		if len(x.Process) > 0 && (x.Sandbox == nil || x.Sandbox.Network) {
			anywhere = append(anywhere, at)
		}
		for i, origin := range x.Grants.HTTP {
			call(at.Key("grants").Key("http").Item(i), origin)
		}
	}
	for _, name := range sorted(l.Exits) {
		visit(Path{}.Key("exits").Key(name), l.Exits[name])
	}
	l.eachBackendPlugin(visit)
	return slices.Clip(ports), anywhere
}

// FaultAt is a fault at a value, for who checks a configuration against something else.
func (l *Loaded) FaultAt(at Path, format string, args ...any) Fault {
	return Fault{Origin: l.places.find(at), Path: at, What: fmt.Sprintf(format, args...)}
}
