package config

import (
	"maps"
	"reflect"
	"slices"
)

// Diff lists the keys that differ between two configurations, in order: what a reload changed. A named thing that came
// or went is one key. The order of a list counts. A secret that changed behind its reference is listed under its key.
func Diff(old, now *Loaded) []string {
	changed := map[string]bool{}
	differ(nil, encode(reflect.ValueOf(old.Config)), encode(reflect.ValueOf(now.Config)), changed)
	for id, p := range now.Partners {
		q, ok := old.Partners[id]
		if !ok {
			continue
		}
		at := Path{}.Key("partners").Key(id)
		if !old.secret(q.Password).Equal(now.secret(p.Password)) {
			changed[at.Key("password").String()] = true
		}
		if !old.secret(q.LocalPassword).Equal(now.secret(p.LocalPassword)) {
			changed[at.Key("local_password").String()] = true
		}
	}
	for name, x := range now.Exits {
		if y, ok := old.Exits[name]; ok && reflect.DeepEqual(x, y) && !reflect.DeepEqual(old.Exit(name), now.Exit(name)) {
			changed[Path{}.Key("exits").Key(name).String()] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

func differ(at Path, old, now any, changed map[string]bool) {
	a, isGroup := old.(map[string]any)
	b, same := now.(map[string]any)
	if !isGroup || !same {
		if !reflect.DeepEqual(old, now) {
			changed[at.String()] = true
		}
		return
	}
	for k, x := range a {
		if y, ok := b[k]; ok {
			differ(at.Key(k), x, y, changed)
		} else {
			changed[at.Key(k).String()] = true
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			changed[at.Key(k).String()] = true
		}
	}
}

// CheckReload refuses changes that a running server cannot make, as [Faults] that say so.
func CheckReload(old, now *Loaded) error {
	r := &report{places: now.places}
	if old.DataDir != now.DataDir {
		r.fault(Path{}.Key("data_dir"), "cannot change while the server runs (it is %s): stop the server and start it again", old.DataDir)
	}
	return r.err()
}
