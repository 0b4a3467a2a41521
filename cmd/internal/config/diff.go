package config

import (
	"reflect"
	"slices"
)

// Changes are the keys that differ between two configurations, each list in order. Values are never among them.
type Changes struct {
	Added, Removed []string // named things that came or went: listeners.NAME, partners.NAME and the like
	Changed        []string // everything else
}

// Keys lists all of them in order.
func (c Changes) Keys() []string {
	out := slices.Concat(c.Added, c.Removed, c.Changed)
	slices.Sort(out)
	return out
}

// Also adds keys that changed and are not among them yet.
func (c Changes) Also(keys ...string) Changes {
	c.Changed = slices.Concat(c.Changed, keys)
	slices.Sort(c.Changed)
	c.Changed = slices.Compact(c.Changed)
	return c
}

// Diff finds what differs between two configurations: what a reload changed. A named thing that came or went is one
// key. The order of a list counts. A secret that changed behind its reference is listed under its key.
func Diff(old, now *Loaded) Changes {
	var c Changes
	c.differ(nil, encode(reflect.ValueOf(old.Config)), encode(reflect.ValueOf(now.Config)))
	for id, p := range now.Partners {
		q, ok := old.Partners[id]
		if !ok {
			continue
		}
		at := Path{}.Key("partners").Key(id)
		if !old.secret(q.Password).Equal(now.secret(p.Password)) {
			c.Changed = append(c.Changed, at.Key("password").String())
		}
		if !old.secret(q.LocalPassword).Equal(now.secret(p.LocalPassword)) {
			c.Changed = append(c.Changed, at.Key("local_password").String())
		}
	}
	for id := range now.Partners {
		if q, ok := old.Partners[id]; ok && q.KeysFile != "" && !slices.Equal(old.keys[id], now.keys[id]) {
			c.Changed = append(c.Changed, Path{}.Key("partners").Key(id).Key("authorized_keys_file").String())
		}
	}
	for name, x := range now.Exits {
		if y, ok := old.Exits[name]; ok && reflect.DeepEqual(x, y) && !reflect.DeepEqual(old.Exit(name), now.Exit(name)) {
			c.Changed = append(c.Changed, Path{}.Key("exits").Key(name).String())
		}
	}
	for _, name := range now.ProtocolPlugins() {
		x, y := now.Listeners[name].Protocol, old.Listeners[name].Protocol
		if reflect.DeepEqual(x, y) && !reflect.DeepEqual(old.ProtocolPlugin(name), now.ProtocolPlugin(name)) {
			c.Changed = append(c.Changed, Path{}.Key("listeners").Key(name).Key("protocol").String())
		}
	}
	for name, x := range now.Backends {
		if y, ok := old.Backends[name]; ok && reflect.DeepEqual(x, y) && !reflect.DeepEqual(old.Backend(name), now.Backend(name)) {
			c.Changed = append(c.Changed, Path{}.Key("backends").Key(name).String())
		}
	}
	slices.Sort(c.Added)
	slices.Sort(c.Removed)
	return c.Also()
}

func (c *Changes) differ(at Path, old, now any) {
	a, isGroup := old.(map[string]any)
	b, same := now.(map[string]any)
	if !isGroup || !same {
		if !reflect.DeepEqual(old, now) {
			c.Changed = append(c.Changed, at.String())
		}
		return
	}
	for k, x := range a {
		if y, ok := b[k]; ok {
			c.differ(at.Key(k), x, y)
		} else {
			c.came(&c.Removed, at.Key(k), x)
		}
	}
	for k, y := range b {
		if _, ok := a[k]; !ok {
			c.came(&c.Added, at.Key(k), y)
		}
	}
}

// came notes a key that only one of the two configurations has, among those that came or went where it is a named
// thing. A group that is there once it has a first thing tells of the things.
func (c *Changes) came(list *[]string, at Path, value any) {
	f, ok := fieldAt(at)
	inside, isGroup := value.(map[string]any)
	switch {
	case len(at) == 1 && ok && f.typ.Kind() == reflect.Map && isGroup:
		for k, x := range inside {
			c.came(list, at.Key(k), x)
		}
	case len(at) == 2 && isNamed(at):
		*list = append(*list, at.String())
	default:
		c.Changed = append(c.Changed, at.String())
	}
}

// isNamed says whether a path is that of a thing that the configuration names.
func isNamed(at Path) bool {
	f, ok := fieldAt(at[:1])
	return ok && f.typ.Kind() == reflect.Map
}

// CheckReload refuses changes that a running server cannot make, as [Faults] that say so.
func CheckReload(old, now *Loaded) error {
	r := &report{places: now.places}
	if old.DataDir != now.DataDir {
		r.fault(Path{}.Key("data_dir"), "cannot change while the server runs (it is %s): stop the server and start it again", old.DataDir)
	}
	if old.Sandbox != now.Sandbox {
		r.fault(Path{}.Key("sandbox"), "cannot change while the server runs (it is %s): stop the server and start it again", old.Sandbox)
	}
	if old.Audit.Dir != now.Audit.Dir || old.Audit.Enabled != now.Audit.Enabled {
		r.fault(Path{}.Key("audit"), "the folder of the log, and whether there is one, cannot change while the server runs: stop the server and start it again")
	}
	return r.err()
}
