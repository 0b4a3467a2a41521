package meter_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/postern/postern/plugins/wasm/meter"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
	"github.com/postern/postern/sdk/wire"
)

// fixtures are the reference exits of every language: honest modules as compilers make them.
var fixtures = []struct{ language, folder string }{
	{"c", "../../../sdk/c/testdata/reference"},
	{"rust", "../../../sdk/rust/testdata/reference"},
	{"assemblyscript", "../../../sdk/assemblyscript/testdata/reference"},
	{"go", "../../../sdk/guest/testdata/reference"},
}

// TestEveryGuestAnswersTheSameWithAndWithoutAMeter compiles each module twice. The race detector sees nothing inside of a
// module and makes compiling a large one take a minute: where it is on, the same test runs once more without it.
func TestEveryGuestAnswersTheSameWithAndWithoutAMeter(t *testing.T) {
	if raced {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "^"+t.Name()+"$", ".")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for _, f := range fixtures {
		t.Run(f.language, func(t *testing.T) {
			for name, module := range guests(t, f.language, f.folder) {
				t.Run(name, func(t *testing.T) { compareGuest(t, name, module) })
			}
		})
	}
}

// guests builds the modules of a folder.
func guests(t *testing.T, language, folder string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	if language == "go" {
		out["reference.wasm"] = toolchain.GoModule(t, folder)
		return out
	}
	toolchain.Need(t, language)
	files, err := filepath.Glob(filepath.Join(toolchain.Make(t, folder), "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was built in %s (%v)", folder, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

func compareGuest(t *testing.T, name string, module []byte) {
	m := rewrite(t, module, meter.Limits{})
	plain, metered := newGuest(t, module, m.Imports), newGuest(t, m.Bytes, m.Imports)
	asked, answered := 0, 0
	for _, c := range exittest.Cases() {
		if c.Late {
			continue
		}
		q := c.Question
		head := wire.AppendQuestion(nil, &q, wire.Shown{Password: true, Stored: true})
		want, wantErr := plain.ask(t, wire.MethodOf(q.Point), head)
		got, gotErr := metered.ask(t, wire.MethodOf(q.Point), head)
		if !bytes.Equal(want, got) || wantErr != gotErr {
			t.Fatalf("%s: %x %s plain, %x %s metered", c.Name, want, wantErr, got, gotErr)
		}
		if asked++; len(got) > 0 {
			answered++
		}
	}
	if answered < asked/2 && !strings.HasPrefix(name, "filter") { // one that only filters answers nothing
		t.Errorf("only %d of %d questions were answered", answered, asked)
	}
}

// guest is an instance of a reactor on a host that says nothing.
type guest struct {
	module   []byte
	runtime  wazero.Runtime
	instance api.Module
}

func newGuest(t *testing.T, module []byte, imports []meter.Import) *guest {
	r := newRuntime(t, wazero.NewRuntimeConfigCompiler())
	wasi_snapshot_preview1.MustInstantiate(t.Context(), r)
	g := &guest{module: module, runtime: r}
	g.silence(t, imports)
	g.renew(t)
	return g
}

// silence gives the module the functions that it imports besides WASI: none of them has anything.
func (g *guest) silence(t *testing.T, imports []meter.Import) {
	t.Helper()
	builders := map[string]wazero.HostModuleBuilder{}
	for _, i := range imports {
		if i.Module == wasi_snapshot_preview1.ModuleName {
			continue
		}
		if builders[i.Module] == nil {
			builders[i.Module] = g.runtime.NewHostModuleBuilder(i.Module)
		}
		absent := api.GoFunc(func(_ context.Context, stack []uint64) {
			for k := range stack {
				stack[k] = 0xffffffff // -1: not there
			}
		})
		builders[i.Module].NewFunctionBuilder().WithGoFunction(absent, types(i.Type.Params), types(i.Type.Results)).Export(i.Name)
	}
	for _, b := range builders {
		if _, err := b.Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func types(in []meter.ValueType) (out []api.ValueType) {
	for _, v := range in {
		out = append(out, api.ValueType(v))
	}
	return out
}

// renew makes a fresh instance, after a trap too.
func (g *guest) renew(t *testing.T) {
	t.Helper()
	if g.instance != nil {
		_ = g.instance.Close(t.Context())
	}
	m, err := g.runtime.InstantiateWithConfig(t.Context(), g.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatal(err)
	}
	g.instance = m
	g.fill()
}

// fill fills the tank, if there is one.
func (g *guest) fill() {
	if fuel, ok := g.instance.ExportedGlobal(meter.FuelExport).(api.MutableGlobal); ok {
		fuel.Set(plenty)
	}
}

// ask gives a question to the module: its reply, or how it trapped.
func (g *guest) ask(t *testing.T, method uint32, head []byte) ([]byte, string) {
	t.Helper()
	g.fill()
	res, err := g.instance.ExportedFunction("postern_alloc").Call(t.Context(), uint64(len(head)))
	if err == nil && !g.instance.Memory().Write(uint32(res[0]), head) {
		t.Fatalf("postern_alloc gave %#x", res[0])
	}
	if err == nil {
		res, err = g.instance.ExportedFunction("postern_call").Call(t.Context(), uint64(method), res[0], uint64(len(head)), 0, 0)
	}
	if err != nil {
		g.renew(t)
		return nil, strings.TrimSpace(firstLine(err))
	}
	if int64(res[0]) < 0 {
		return nil, "ABI error"
	}
	b, ok := g.instance.Memory().Read(uint32(res[0]>>32), uint32(res[0]))
	if !ok {
		t.Fatalf("the reply lies at %#x", res[0])
	}
	return bytes.Clone(b), ""
}
