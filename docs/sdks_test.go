package docs_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// sdkExits are the exits of docs/plugins/sdks.md: the same one in each language.
var sdkExits = []struct{ language, file, fence string }{
	{"go", "main.go", "go"}, {"c", "large.c", "c"}, {"rust", "large.rs", "rust"}, {"assemblyscript", "large.ts", "ts"},
}

func TestTheSameExitDecidesTheSameInEachLanguage(t *testing.T) {
	for _, x := range sdkExits {
		t.Run(x.language, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata/sdks", x.language)
			text, err := os.ReadFile(filepath.Join(dir, x.file))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(read(t, "docs/plugins/sdks.md"), "```"+x.fence+"\n"+string(text)+"```") {
				t.Errorf("docs/plugins/sdks.md shows another text than docs/%s/%s", dir, x.file)
			}
			if x.language != "go" {
				toolchain.Need(t, x.language)
			} else if raceEnabled {
				t.Skip("a large module is compiled: that is tried without the race detector")
			}
			module, err := os.ReadFile(filepath.Join(toolchain.Make(t, dir), "large.wasm"))
			if err != nil {
				t.Fatal(err)
			}
			decidesByTheSize(t, module)
		})
	}
}

func decidesByTheSize(t *testing.T, module []byte) {
	cache := filepath.Join(t.TempDir(), "modules") // it is compiled once
	for _, c := range []struct {
		config, tier string
		size         int64
		code         sdk.Code
		fails        bool
	}{
		{`{"largest":1000}`, "", 1000, "", false}, {`{"largest":1000}`, "", 1001, sdk.FileSize, false},
		{`{"largest":1000}`, "gold", 1001, "", false}, {`{"largest":"many"}`, "", 1, "", true},
	} {
		exit := loadModule(t, cache, module, c.config)
		q := goldenQuestion(t, sdk.PointAuthorize)
		q.Facts.Request.Size, q.Facts.Partner.Labels = c.size, map[string]string{"tier": c.tier}
		v, err := exit.Decide(t.Context(), q)
		var code sdk.Code
		if v.Refusal != nil {
			code = v.Refusal.Code
			if v.Refusal.Detail != "too large for PARIS" {
				t.Errorf("it says %q", v.Refusal.Detail)
			}
		}
		var failure *wasm.Failure
		if code != c.code || (err != nil) != c.fails || c.fails && !errors.As(err, &failure) {
			t.Errorf("%+v: %q, %v", c, code, err)
		}
	}
}

func loadModule(t *testing.T, cache string, module []byte, config string) *wasm.Exit {
	t.Helper()
	exit, err := wasm.Load(t.Context(), wasm.Settings{Name: "large", Module: module, Config: json.RawMessage(config),
		Points: []sdk.Point{sdk.PointAuthorize}, CacheDir: cache,
		Limits: wasm.Limits{Deadline: 10 * time.Second, Wait: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := exit.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return exit
}
