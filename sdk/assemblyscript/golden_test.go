package assemblyscript_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
	"github.com/postern/postern/sdk/wire"
)

// guest is a module without the server's sandbox around it.
type guest struct {
	*testing.T
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	mod      api.Module
}

func newGuest(t *testing.T, file string) *guest {
	t.Helper()
	ctx := context.Background()
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := wazero.NewRuntime(ctx)
	t.Cleanup(func() { _ = r.Close(ctx) })
	compiled, err := r.CompileModule(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]wazero.HostModuleBuilder{}
	for _, f := range compiled.ImportedFunctions() {
		from, name, _ := f.Import()
		if hosts[from] == nil {
			hosts[from] = r.NewHostModuleBuilder(from)
		}
		answer := func(_ context.Context, _ api.Module, _ []uint64) {
			if name == "abort" {
				panic("abort")
			}
		}
		hosts[from].NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(answer), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	for _, h := range hosts {
		if _, err := h.Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	g := &guest{T: t, runtime: r, compiled: compiled}
	g.begin()
	return g
}

// begin makes a new instance.
func (g *guest) begin() {
	g.Helper()
	mod, err := g.runtime.InstantiateModule(context.Background(), g.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		g.Fatal(err)
	}
	g.mod = mod
}

// call asks. The reply is nil where the answer is an error of the contract, and trapped where there is none; then the
// next call gets a new instance.
func (g *guest) call(p sdk.Point, head []byte) (reply []byte, code int64, trapped bool) {
	g.Helper()
	ctx := context.Background()
	out, err := g.mod.ExportedFunction("postern_alloc").Call(ctx, uint64(len(head)))
	if err != nil || out[0]%16 != 0 || !g.mod.Memory().Write(uint32(out[0]), head) {
		g.Fatalf("%d bytes were allocated at %v: %v", len(head), out, err)
	}
	ptr := out[0]
	out, err = g.mod.ExportedFunction("postern_call").Call(ctx, uint64(wire.MethodOf(p)), ptr, uint64(len(head)), 0, 0)
	if err != nil {
		g.begin()
		return nil, 0, true
	}
	if v := int64(out[0]); v >= 0 {
		b, _ := g.mod.Memory().Read(uint32(v>>32), uint32(v))
		reply = bytes.Clone(b)
	} else {
		code = v
	}
	if _, err := g.mod.ExportedFunction("postern_free").Call(ctx, ptr, uint64(len(head))); err != nil {
		g.Fatal(err)
	}
	return reply, code, false
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "contract", "testdata", name+".binpb"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func questionThat(p sdk.Point, do string) []byte {
	q := sdk.Question{Point: p, Facts: exittest.Facts(p)}
	q.Facts.Session = do
	return wire.AppendQuestion(nil, &q, wire.Shown{})
}

func guests(t *testing.T) func(sdk.Point) *guest {
	toolchain.Need(t, "assemblyscript")
	dir := toolchain.Make(t, "testdata/reference")
	exit, filter := newGuest(t, filepath.Join(dir, "reference.wasm")), newGuest(t, filepath.Join(dir, "filter.wasm"))
	return func(p sdk.Point) *guest {
		if p == sdk.PointFilter {
			return filter
		}
		return exit
	}
}

func TestTheMessagesAreTheGoldenOnes(t *testing.T) {
	at := guests(t)
	for _, row := range sdk.Points() {
		p := row.Point
		if reply, code, _ := at(p).call(p, golden(t, string(p)+"-request")); len(reply) != 2 {
			t.Errorf("%s: %x (%d) is no plain pass", p, reply, code)
		}
		if reply, code, _ := at(p).call(p, questionThat(p, exittest.DoRefuse)); !bytes.Equal(reply, golden(t, string(p)+"-refuse")) {
			t.Errorf("%s: refuses with %q (%d)", p, reply, code)
		}
		if p == sdk.PointFilter {
			continue
		}
		if reply, code, _ := at(p).call(p, questionThat(p, exittest.DoSet)); !bytes.Equal(reply, golden(t, string(p)+"-pass")) {
			t.Errorf("%s: passes with %q (%d)", p, reply, code)
		}
	}
}

func TestABrokenMessageGetsNoVerdict(t *testing.T) {
	at := guests(t)
	for _, row := range sdk.Points() {
		whole := golden(t, string(row.Point)+"-request")
		broken := 0
		for n := range len(whole) {
			reply, code, trapped := at(row.Point).call(row.Point, whole[:n])
			if code == -2 || trapped {
				broken++
			} else if code != 0 || len(reply) == 0 {
				t.Fatalf("%s: %d of %d bytes are answered with %d", row.Point, n, len(whole), code)
			}
		}
		if broken < len(whole)/2 {
			t.Errorf("%s: of %d cut messages %d were found broken", row.Point, len(whole), broken)
		}
	}
}

// What a later version of the contract adds has numbers that nobody knows here.
func TestUnknownFieldsArePassedOver(t *testing.T) {
	at := guests(t)
	for _, row := range sdk.Points() {
		head := append([]byte{0xf8, 0x7f, 5, 0xfa, 0x7f, 2, 'h', 'i', 0xf5, 0x7f, 1, 2, 3, 4, 0xf1, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8}, golden(t, string(row.Point)+"-request")...)
		if reply, code, trapped := at(row.Point).call(row.Point, head); len(reply) != 2 {
			t.Errorf("%s: %x (%d, trapped: %v) is no plain pass", row.Point, reply, code, trapped)
		}
	}
}

func TestAPointThatIsNotServedIsNotImplemented(t *testing.T) {
	at := guests(t)
	if _, code, _ := at(sdk.PointIdentify).call(sdk.PointFilter, nil); code != -1 {
		t.Errorf("an exit that is no filter answers with %d", code)
	}
}
