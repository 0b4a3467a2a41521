package meter_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
)

// plenty is fuel that no honest test module uses up.
const plenty = 1 << 50

// engines are both ways in which wazero runs a module.
var engines = map[string]func() wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler,
	"interpreter": wazero.NewRuntimeConfigInterpreter,
}

func newRuntime(t testing.TB, config wazero.RuntimeConfig) wazero.Runtime {
	t.Helper()
	r := wazero.NewRuntimeWithConfig(t.Context(), config.WithCoreFeatures(api.CoreFeaturesV2))
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Errorf("close the runtime: %v", err)
		}
	})
	return r
}

func eachEngine(t *testing.T, f func(t *testing.T, r wazero.Runtime)) {
	for name, config := range engines {
		t.Run(name, func(t *testing.T) { f(t, newRuntime(t, config())) })
	}
}

func rewrite(t testing.TB, module []byte, l meter.Limits) meter.Module {
	t.Helper()
	m, err := meter.Rewrite(module, l)
	if err != nil {
		t.Fatalf("an honest module is refused: %v", err)
	}
	return m
}

func instantiate(t testing.TB, r wazero.Runtime, module []byte) api.Module {
	t.Helper()
	m, err := r.InstantiateWithConfig(t.Context(), module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatalf("instantiate: %v", err)
	}
	return m
}

func fuel(t testing.TB, m api.Module) api.MutableGlobal {
	t.Helper()
	g, ok := m.ExportedGlobal(meter.FuelExport).(api.MutableGlobal)
	if !ok {
		t.Fatal("the metered module exports no mutable fuel")
	}
	return g
}

// firstLine is what went wrong, without the stack.
func firstLine(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func refusal(t testing.TB, err error) *meter.Error {
	t.Helper()
	var e *meter.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a refusal, got %v", err)
	}
	return e
}
