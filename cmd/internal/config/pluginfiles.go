package config

import (
	"os"
	"path/filepath"

	"github.com/postern/postern/cmd/internal/artifact"
)

// checkPlugins reads the keys whose signatures count, and holds what one module may have against what all have.
func (l *Loaded) checkPlugins(r *report) {
	at := Path{}.Key("plugins")
	for i, entry := range l.Plugins.Trust {
		key, err := artifact.ReadKey(entry, l.folder)
		if err != nil {
			r.fault(at.Key("trust").Item(i), "%v", err)
			continue
		}
		l.trust = append(l.trust, key)
	}
	if l.Plugins.Require == string(artifact.RequireSignature) && len(l.Plugins.Trust) == 0 {
		r.fault(at.Key("require"), "signature needs trust: the keys whose signatures count")
	}
	shared := l.Plugins.Memory
	if shared < 16<<20 || shared > 1<<40 {
		r.fault(at.Key("memory"), "must be from 16MiB to 1TiB: modules need an end")
		return
	}
	l.eachBackendPlugin(func(at Path, x Exit) {
		if x.Wasm != "" && x.Limits.Memory <= 1<<30 && x.Limits.Memory > shared {
			r.fault(at.Key("limits").Key("memory"), "is more than all modules have together (plugins.memory)")
		}
	})
	for _, name := range sorted(l.Exits) {
		if x := l.Exits[name]; x.Wasm != "" && x.Limits.Memory <= 1<<30 && x.Limits.Memory > shared {
			r.fault(Path{}.Key("exits").Key(name).Key("limits").Key("memory"), "is more than all modules have together (plugins.memory)")
		}
	}
}

// checkFiles opens what the exits are made of, and looks for what they may read.
func (l *Loaded) checkFiles(r *report) {
	visit := func(at Path, x Exit) {
		l.checkFile(r, at, x)
		for _, folder := range sorted(x.Grants.Folders) {
			if info, err := os.Stat(x.Grants.Folders[folder]); err != nil {
				r.fault(at.Key("grants").Key("folders").Key(folder), "%v", err)
			} else if !info.IsDir() {
				r.fault(at.Key("grants").Key("folders").Key(folder), "%s is no folder", x.Grants.Folders[folder])
			}
		}
	}
	for _, name := range sorted(l.Exits) {
		visit(Path{}.Key("exits").Key(name), l.Exits[name])
	}
	l.eachBackendPlugin(visit)
	for _, name := range l.ProtocolPlugins() {
		l.checkFile(r, Path{}.Key("listeners").Key(name).Key("protocol"), l.Listeners[name].Protocol.plugin())
	}
}

// checkFile opens what a plugin is made of, and looks for what its sandbox names.
func (l *Loaded) checkFile(r *report, at Path, x Exit) {
	if len(l.trust) == len(l.Plugins.Trust) && x.File() != "" && (x.SHA256 == "" || digest.MatchString(x.SHA256)) {
		if a, err := artifact.Open(x.File(), l.policy(x)); err != nil {
			r.fault(fileKey(at, x), "%v", err)
		} else {
			a.Close()
		}
	}
	if x.Sandbox != nil {
		checkPaths(r, at.Key("sandbox").Key("read"), x.Sandbox.Read)
		checkPaths(r, at.Key("sandbox").Key("write"), x.Sandbox.Write)
	}
}

// fileKey is the key that names a plugin's file.
func fileKey(at Path, x Exit) Path {
	if len(x.Process) > 0 {
		return at.Key("process").Item(0)
	}
	return at.Key("wasm")
}

func checkPaths(r *report, at Path, paths []string) {
	for i, p := range paths {
		if _, err := os.Stat(p); err != nil {
			r.fault(at.Item(i), "%v", err)
		}
	}
}

// anchorPlugin does so with the file of one plugin and with what its sandbox names.
func anchorPlugin(at func(*string), x *Exit) {
	at(&x.Wasm)
	if len(x.Process) > 0 {
		at(&x.Process[0])
	}
	if x.Sandbox != nil {
		for _, list := range [][]string{x.Sandbox.Read, x.Sandbox.Write} {
			for i := range list {
				at(&list[i])
			}
		}
	}
}

func anchorFolders(at func(*string), folders map[string]string) {
	for name, path := range folders {
		at(&path)
		folders[name] = filepath.Clean(path)
	}
}

// anchorBackends makes the relative paths of backends that are plugins start there too.
func (l *Loaded) anchorBackends(at func(*string)) {
	for name, b := range l.Backends {
		x := b.Exit()
		anchorPlugin(at, &x) // of a program and a sandbox it changes what is shared
		anchorFolders(at, x.Grants.Folders)
		b.Wasm = x.Wasm
		l.Backends[name] = b
	}
}

// anchorExits makes the relative paths of exits start at the configuration file's folder.
func (l *Loaded) anchorExits(at func(*string)) {
	for name, x := range l.Exits {
		anchorPlugin(at, &x)
		anchorFolders(at, x.Grants.Folders)
		l.Exits[name] = x
	}
	for i, entry := range l.Plugins.Trust {
		if !artifact.IsKey(entry) {
			at(&l.Plugins.Trust[i])
		}
	}
}
