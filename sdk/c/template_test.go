package csdk_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	csdk "github.com/postern/postern/sdk/c"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// lay writes an author's folder as the postern command does: the template with a name in it, the SDK in the folder postern.
func lay(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	dir := t.TempDir()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		to := filepath.Join("postern", path)
		if rest, ok := strings.CutPrefix(path, "template/"); ok {
			to, b = strings.ReplaceAll(rest, "NAME", name), []byte(strings.ReplaceAll(string(b), "NAME", name))
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(to)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, to), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheTemplateIsAnExit(t *testing.T) {
	dir := lay(t, csdk.Files, "my-hours")
	var event struct{ Config json.RawMessage }
	if b, err := os.ReadFile(filepath.Join(dir, "events", "identify.json")); err != nil || json.Unmarshal(b, &event) != nil {
		t.Fatalf("the template's event cannot be read (%v)", err)
	}
	exit := load(t, wasm.Settings{Module: build(t, dir, "my-hours.wasm"), Config: event.Config})
	if m := exit.Describe(); m.Name != "my-hours" || len(m.Points) != 1 {
		t.Errorf("it says of itself %+v", m)
	}
	for hour, want := range map[int]sdk.VerdictKind{5: sdk.Deny, 6: sdk.Pass, 21: sdk.Pass, 22: sdk.Deny} {
		q := sdk.Question{Point: sdk.PointIdentify, Facts: exittest.Facts(sdk.PointIdentify)}
		q.Facts.Time = time.Date(2026, 11, 22, hour, 59, 0, 0, time.UTC)
		if got, err := exit.Decide(t.Context(), q); err != nil || got.Kind != want {
			t.Errorf("at %d:59 it answers %+v (%v), want %v", hour, got, err, want)
		}
	}
}
