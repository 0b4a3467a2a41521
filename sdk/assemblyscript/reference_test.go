package assemblyscript_test

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/assemblyscript"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// load builds a folder and loads one of the modules that come out.
func load(t testing.TB, dir, module string, grants wasm.Grants, config string) *wasm.Exit {
	t.Helper()
	toolchain.Need(t, "assemblyscript")
	return loadFile(t, filepath.Join(toolchain.Make(t, dir), module), grants, config)
}

func loadFile(t testing.TB, file string, grants wasm.Grants, config string) *wasm.Exit {
	t.Helper()
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "reference", Module: module, Config: []byte(config), Grants: grants,
		Limits: wasm.Limits{Instances: 4, Wait: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exit.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exit
}

var everything = wasm.Grants{Password: true, Stored: true, File: true}

func TestAnExitInAssemblyScriptIsAWayOfLoading(t *testing.T) {
	exittest.Run(t, load(t, "testdata/reference", "reference.wasm", everything, ""))
}

// A module refuses a block with one answer, data.rejected: it has no way to say more.
func TestAFilterInAssemblyScriptIsAWayOfLoading(t *testing.T) {
	exittest.RunFilter(t, load(t, "testdata/reference", "filter.wasm", wasm.Grants{}, ""), exittest.DoReject)
}

func TestAMillionCallsWouldNotFillTheMemory(t *testing.T) {
	exit := load(t, "testdata/decision", "decision.wasm", wasm.Grants{}, "")
	q := sdk.Question{Point: sdk.PointOpen, Facts: exittest.Facts(sdk.PointOpen)}
	for range 20_000 { // of 1.5 KiB each: 30 MiB
		if _, err := exit.Decide(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	trial, err := exit.Trial(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Memory > 1<<20 {
		t.Errorf("the memory has %d bytes", trial.Memory)
	}
}

// What postern plugin new writes: the template with its name filled in, and the SDK in a folder of its own.
func TestTheTemplateBuildsAndDecides(t *testing.T) {
	toolchain.Need(t, "assemblyscript")
	dir := t.TempDir()
	write := func(name string, data []byte) {
		name = filepath.Join(dir, strings.ReplaceAll(name, "NAME", "curfew"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.ReplaceAll(data, []byte("NAME"), []byte("curfew")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for tree, below := range map[*embed.FS]string{&assemblyscript.Template: "", &assemblyscript.Files: "postern"} {
		err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := tree.ReadFile(path)
			write(filepath.Join(below, strings.TrimPrefix(path, "template/")), data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	module := filepath.Join(toolchain.Make(t, dir), "curfew.wasm")
	exit := loadFile(t, module, wasm.Grants{}, `{"from": "11:00", "to": "12:00"}`)
	q := sdk.Question{Point: sdk.PointIdentify, Facts: exittest.Facts(sdk.PointIdentify)} // at noon
	v, err := exit.Decide(t.Context(), q)
	if err != nil || v.Kind != sdk.Deny || v.Refusal.Code != "partner.hours" || v.Refusal.Detail != "PARIS called outside the hours" {
		t.Errorf("at %v: %+v, %v", q.Facts.Time, v.Refusal, err)
	}
	q.Facts.Time = q.Facts.Time.Add(-time.Minute)
	if v, err := exit.Decide(t.Context(), q); err != nil || v.Kind != sdk.Pass {
		t.Errorf("at %v: %+v, %v", q.Facts.Time, v.Refusal, err)
	}
	for _, garbage := range []string{"", "6:00", "06-00", "o6:00", "06:60", "24:01", "06:00 "} {
		exit := loadFile(t, module, wasm.Grants{}, `{"from": "`+garbage+`"}`)
		if v, err := exit.Decide(t.Context(), q); err == nil {
			t.Errorf("a time written %q is taken: %+v", garbage, v)
		}
	}
}
