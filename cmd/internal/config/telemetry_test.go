package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestTelemetryIsOffAndBoundedUnlessToldOtherwise(t *testing.T) {
	l := mustLoad(t, "postern.yaml", small)
	if want := (Telemetry{Partners: 200, MinFree: 64 << 20}); l.Telemetry != want {
		t.Errorf("%+v, want %+v", l.Telemetry, want)
	}
	l = mustLoad(t, "postern.yaml", small+"telemetry: {address: \"127.0.0.1:0\", partners: 5, min_free: none}\n")
	if want := (Telemetry{Address: "127.0.0.1:0", Partners: 5, MinFree: NoSize}); l.Telemetry != want || l.Telemetry.MinFree.Bytes() != 0 {
		t.Errorf("%+v, want %+v", l.Telemetry, want)
	}
}

func TestFaultsOfTelemetryAreTold(t *testing.T) {
	base := strings.Replace(small, "127.0.0.1:0", "127.0.0.1:1761", 1)
	for text, want := range map[string]string{
		`{address: "9464"}`:            "is no address",
		`{address: "127.0.0.1:99999"}`: "is no port",
		`{address: "127.0.0.1:1761"}`:  "is the address of listener",
		`{address: "", partners: 0}`:   "telemetry.partners",
		`{partners: 10001}`:            "telemetry.partners",
		`{min_free: 0}`:                "telemetry.min_free",
		`{adress: "127.0.0.1:9464"}`:   "did you mean address",
	} {
		_, err := load(t, "postern.yaml", base+"telemetry: "+text+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestTelemetryThatOthersReachIsWarnedOf(t *testing.T) {
	for address, warned := range map[string]bool{
		"": false, "127.0.0.1:9464": false, "[::1]:9464": false, "localhost:9464": false, "127.5.5.5:1": false,
		"0.0.0.0:9464": true, ":9464": true, "192.0.2.1:9464": true, "[::]:9464": true, "metrics.example.org:9464": true,
	} {
		l := mustLoad(t, "postern.yaml", small, func(o *Options) { o.Set = append(o.Set, "telemetry.address="+address) })
		got := false
		for _, w := range l.Warnings() {
			got = got || strings.Contains(w.Error(), "telemetry.address")
		}
		if got != warned {
			t.Errorf("%q: warned %v", address, got)
		}
	}
}

func TestAReloadTellsWhatCameWhatWentAndWhatChanged(t *testing.T) {
	dir := func(o *Options) {
		o.Set = append(o.Set, "data_dir=/srv/a", "backends.files={type: local, root: /srv/files}")
	}
	a := mustLoad(t, "postern.yaml", small+"exits:\n  vet: {wasm: vet.wasm}\n", dir)
	b := mustLoad(t, "postern.yaml", small+"  NEW: {path: x}\nlimits: {max_sessions: 3}\n", dir, func(o *Options) {
		o.Set = append(o.Set, "listeners.other={protocol: pesit, address: \"127.0.0.1:0\"}", "partners.PARIS.max_sessions=3")
	})
	b.Points = Points{"verify": {"directory"}}
	got := Diff(a, b)
	want := Changes{Added: []string{"flows.NEW", "listeners.other", "points.verify"}, Removed: []string{"exits.vet"},
		Changed: []string{"limits.max_sessions", "partners.PARIS.max_sessions"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if back := Diff(b, a); !reflect.DeepEqual(back.Added, want.Removed) || !reflect.DeepEqual(back.Removed, want.Added) {
		t.Errorf("the way back: %+v", back)
	}
	if keys := got.Also("exits.scan", "limits.max_sessions").Keys(); len(keys) != 7 {
		t.Errorf("all: %v", keys)
	}
}
