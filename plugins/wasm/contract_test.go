package wasm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

func TestAModuleThatBreaksTheContractIsRefusedWithWhatIsExpected(t *testing.T) {
	build := func(f func(r *reactor)) []byte {
		r := newReactor(sdk.PointIdentify)
		f(r)
		return r.build()
	}
	for _, c := range []struct {
		name   string
		module []byte
		words  []string
	}{
		{"no module", []byte("not wasm at all"), []string{"exit vet"}},
		{"nothing exported", (&module{}).bytes(), []string{`no memory under the name "memory"`, "neither postern_abi (a reactor) nor _start (a command)"}},
		{"no such import", build(func(r *reactor) { r.imp("postern_v1", "launch", "i") }), []string{"import postern_v1.launch (i32): there is no such function"}},
		{"no such module", build(func(r *reactor) { r.imp("js", "eval", "") }), []string{"import js.eval"}},
		{"wrong import", build(func(r *reactor) { r.imp("postern_v1", "log", "ii:i") }),
			[]string{"import postern_v1.log: expected (i32, i32, i32), the module has (i32, i32) → i32"}},
		{"imported memory", (&module{imports: [][]byte{code("env", "memory", 2, 0, 1)}}).bytes(),
			[]string{"import env.memory: a memory cannot be imported"}},
		{"wrong export", build(func(r *reactor) { r.fn("postern_block", "i:i", 0, get(0)) }),
			[]string{"postern_block: expected (i32, i32, i32, i32) → i64, the module has (i32) → i32"}},
		{"no call", func() []byte {
			var m module
			m.memory(1, 1)
			m.fn("postern_abi", ":i", 0, i32c(1<<16))
			return m.bytes()
		}(), []string{"postern_alloc: expected (i32) → i32, the module has none", "neither postern_call nor postern_call_json"}},
		{"another major", build(func(r *reactor) { r.abi = 2 << 16 }), []string{"speaks version 2.0 of the contract, this server 1.0"}},
		{"too much memory", build(func(r *reactor) { r.pages = 513 }), []string{"memory"}},
		{"too many grants", build(func(r *reactor) { r.manifest.Grants = []string{"http", "clock"} }),
			[]string{"the module needs grants that it does not have: http, clock"}},
		{"no points", build(func(r *reactor) { r.manifest.Points = nil }), []string{"serves no point"}},
		{"filter without block", build(func(r *reactor) { r.manifest.Points = []sdk.Point{sdk.PointFilter} }), []string{"postern_block: expected"}},
		{"looping start", build(func(r *reactor) { r.start = uleb(r.fn("", "", 0, loop(br(0)))) }),
			[]string{"exit vet: no instance could be made: its start function failed, or ran out of fuel (20,000,000)"}},
		{"trapping initialize", build(func(r *reactor) { r.fn("_initialize", "", 0, unreachable) }), []string{"no instance could be made", "unreachable"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, settings(c.module), c.words...) })
	}
}

func TestANewerMinorVersionIsLoadedWithAWarning(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	r.abi = 1<<16 | 9
	s := settings(r.build())
	log, text := logTo()
	s.Log = log
	load(t, s)
	if !strings.Contains(text.String(), "level=WARN") || !strings.Contains(text.String(), "module=1.9 server=1.0") {
		t.Errorf("the log says %q", text)
	}
}

func TestAPointThatTheModuleDoesNotServeIsAnErrorAtLoad(t *testing.T) {
	s := settings(newReactor(sdk.PointIdentify).build())
	s.Points = []sdk.Point{sdk.PointIdentify, sdk.PointOpen}
	refused(t, s, "the module does not serve open: it serves identify")
}

func TestSettingsReportEveryFaultAtOnce(t *testing.T) {
	s := wasm.Settings{Config: []byte("[]"), Points: []sdk.Point{"nowhere"}, Limits: wasm.Limits{Memory: 2 << 30, Fuel: -1},
		Grants: wasm.Grants{VerifyPassword: true, HTTP: []wasm.Origin{{URL: "http://example.org"}, {URL: "https://example.org/path"}},
			Folders: map[string]string{"..": "relative"}}}
	err := s.Validate()
	for _, w := range []string{"name:", "module:", "config:", "nowhere", "limits.memory", "limits.fuel", "verify_password", "http://example.org",
		"https://example.org/path", `".."`, `"relative"`} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the faults do not tell of %s: %v", w, err)
		}
	}
}

func TestInspectTellsWhatAModuleIsAndNeeds(t *testing.T) {
	r := newReactor(sdk.PointIdentify, sdk.PointVerify)
	r.manifest.Grants = []string{"file"}
	r.imp("postern_v1", "file_read", "Iii:i")
	r.imp("wasi_snapshot_preview1", "random_get", "ii:i")
	report, err := wasm.Inspect(r.build(), "")
	if err != nil {
		t.Fatal(err)
	}
	if report.Kind != "reactor" || report.Name != "test" || len(report.Points) != 2 || report.Contract != "1.0" || report.Grants[0] != "file" ||
		len(report.Wants) != 1 || report.Wants[0] != "file" || report.Memory.Least != 32*65536 || len(report.Imports) != 2 ||
		report.Imports[0].Signature != "(i64, i32, i32) → i32" || report.Fuel <= 0 || len(report.SHA256) != 64 {
		t.Errorf("the report is %+v", report)
	}
	r = newReactor(sdk.PointIdentify)
	r.imp("js", "eval", "")
	if report, err = wasm.Inspect(r.build(), ""); err == nil || len(report.Imports) != 1 {
		t.Errorf("a module that is refused is told nothing of: %+v, %v", report, err)
	}
}

func TestCompiledCodeIsKeptAndNeverTrustedWhenChanged(t *testing.T) {
	s := settings(newReactor(sdk.PointIdentify).build())
	s.CacheDir = filepath.Join(t.TempDir(), "code")
	ask := func() string {
		t.Helper()
		log, text := logTo()
		s.Log = log
		e := load(t, s)
		if _, err := e.Decide(context.Background(), question(sdk.PointIdentify)); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	if said := ask(); said != "" {
		t.Errorf("the first load says %q", said)
	}
	kept, _ := filepath.Glob(filepath.Join(s.CacheDir, "*", "wazero-*", "*"))
	if len(kept) != 1 {
		t.Fatalf("kept is %q", kept)
	}
	before, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(before); i += 61 {
		broken := append([]byte(nil), before...)
		broken[i] ^= 0xff
		if err := os.WriteFile(kept[0], broken, 0o600); err != nil {
			t.Fatal(err)
		}
		ask()
		if after, err := os.ReadFile(kept[0]); err != nil || string(after) == string(broken) {
			t.Fatalf("the broken code (byte %d) is still there: %v", i, err)
		}
	}
	if err := os.Truncate(kept[0], 10); err != nil {
		t.Fatal(err)
	}
	ask()
	if err := os.Chmod(s.CacheDir, 0o777); err != nil {
		t.Fatal(err)
	}
	if said := ask(); !strings.Contains(said, "group or others can write there") {
		t.Errorf("a folder that everybody can write is used: %q", said)
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.CacheDir = filepath.Join(kept[0], "below a file")
	if said := ask(); !strings.Contains(said, "are not kept") {
		t.Errorf("a folder that cannot be made: %q", said)
	}
}

func TestAThousandMissingFunctionsMakeAShortError(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	for i := range 1000 {
		r.imp("postern_v1", fmt.Sprint("nothing", i), ":")
	}
	_, err := wasm.Load(t.Context(), settings(r.build()))
	if err == nil || strings.Count(err.Error(), "\n") > 30 || !strings.Contains(err.Error(), "and more imports") {
		t.Errorf("the error has %d bytes", len(fmt.Sprint(err)))
	}
}

func TestWhatAModuleSaysOfItselfIsFitForALog(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	r.manifest.Grants = []string{"\x1b[31mred\nlevel=ERROR " + strings.Repeat("x", 2000)}
	_, err := wasm.Load(t.Context(), settings(r.build()))
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 1000 {
		t.Errorf("the error is %q", err)
	}
}
