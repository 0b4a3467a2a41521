package wasm_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// quick asks once and fails when the host worked for longer than a flood may last.
func quick(t *testing.T, s wasm.Settings) error {
	t.Helper()
	s.Log = slog.New(slog.DiscardHandler)
	began := time.Now()
	_, err := load(t, s).Decide(t.Context(), question(sdk.PointIdentify))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it kept the host busy for %v", took)
	}
	return err
}

func TestEmptyLinesAreNotLoggedForEver(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	r.pages = 300
	write := r.imp("wasi_snapshot_preview1", "fd_write", "iiii:i")
	const from, size = 1 << 20, 16 << 20
	s := settings(r.build(
		i32c(from), i32c(10), i32c(size), code(0xfc, 11, 0), // fill with line ends
		i32c(scratch), i32c(from), store32, i32c(scratch+4), i32c(size), store32,
		i32c(2), i32c(scratch), i32c(1), i32c(8192), call(write), drop))
	s.Limits.Deadline = time.Minute
	if err := quick(t, s); err != nil {
		t.Error(err)
	}
}

func TestBlankMessagesAreNotReadForEver(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	log := r.imp("postern_v1", "log", "iii")
	s := settings(r.build(i32c(scratch), i32c(32), i32c(4000), code(0xfc, 11, 0), loop(i32c(1), i32c(scratch), i32c(4000), call(log), br(0))))
	s.Limits.Deadline = time.Minute
	if err := quick(t, s); !errors.Is(err, wasm.ErrFuel) {
		t.Error(err)
	}
}

func TestAskingForSettingsCostsNoMoreTheMoreThereAre(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	get := r.imp("postern_v1", "config_get", "iiii:i")
	const key = "many.nobody.nothing"
	r.data(scratch, key)
	s := settings(r.build(loop(i32c(scratch), i32c(int32(len(key))), i32c(0), i32c(0), call(get), drop, br(0))))
	s.Config = []byte(`{"many": {"x": [` + strings.Repeat("1,", 1<<20) + `1]}}`)
	s.Limits.Deadline = time.Minute
	if err := quick(t, s); !errors.Is(err, wasm.ErrFuel) {
		t.Error(err)
	}
}

func TestASecretInAnErrorIsMasked(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	abort := r.imp("env", "abort", "iiii")
	text := "sesame!" // "sesame" in UTF-16, its length in bytes before it
	wide := []byte{12, 0, 0, 0}
	for _, c := range text[:6] {
		wide = append(wide, byte(c), 0)
	}
	r.data(scratch, string(wide))
	s := settings(r.build(i32c(scratch+4), i32c(0), i32c(0), i32c(0), call(abort)))
	s.Grants.Password = true
	q := question(sdk.PointIdentify)
	q.Facts.Claim = &sdk.Claim{Name: "PARIS", Secret: sdk.NewSecret("sesame")}
	_, err := load(t, s).Decide(t.Context(), q)
	if err == nil || strings.Contains(err.Error(), "sesame") || !strings.Contains(err.Error(), "***") {
		t.Errorf("the error tells: %v", err)
	}
}
