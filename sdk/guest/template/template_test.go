package template_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest/template"
	"github.com/postern/postern/sdk/jsonwire"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// write makes an author's folder for a plugin of a kind called hours.
func write(t *testing.T, kind string) string {
	t.Helper()
	files, err := template.Files(kind)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range files {
		to := filepath.Join(dir, name)
		if !strings.HasPrefix(name, template.Folder) {
			b = []byte(strings.ReplaceAll(string(b), "NAME", "hours"))
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build makes the module and runs the folder's own tests, without the network.
func build(t *testing.T, dir string) []byte {
	t.Helper()
	for _, target := range []string{"hours.wasm", "test"} {
		cmd := exec.CommandContext(t.Context(), "make", target)
		cmd.Dir, cmd.Env = dir, append(toolchain.Env(), "GOPROXY=off", "GOFLAGS=-mod=mod")
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, b)
		}
	}
	module, err := os.ReadFile(filepath.Join(dir, "hours.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestANewFolderIsBuiltWithoutTheNetworkAndRefuses(t *testing.T) {
	toolchain.Need(t, "make")
	dir := write(t, sdk.PluginExit)
	module := build(t, dir)
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "hours", Module: module, Config: []byte(`{"from":"06:00","to":"22:00"}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer exit.Close(context.Background())
	event, err := os.ReadFile(filepath.Join(dir, "events/identify.json"))
	if err != nil {
		t.Fatal(err)
	}
	q, _, err := jsonwire.ParseQuestion(event)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v, err := exit.Decide(ctx, q)
	if err != nil || v.Kind != sdk.Deny || v.Refusal.Code != sdk.PartnerHours || v.Refusal.Detail != "PARIS called at 23:30" {
		t.Errorf("got %v %v, %v", v.Kind, v.Refusal, err)
	}
}

func TestTheFirstExitOfTheReadmeIsBuilt(t *testing.T) {
	toolchain.Need(t, "make")
	dir := write(t, sdk.PluginExit)
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, source, _ := strings.Cut(string(text), "```go\n")
	source, _, whole := strings.Cut(source, "```")
	if !whole {
		t.Fatal("the README has no exit")
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make")
	cmd.Dir, cmd.Env = dir, append(toolchain.Env(), "GOPROXY=off")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, b)
	}
}
