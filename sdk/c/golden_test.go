package csdk_test

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
	"github.com/postern/postern/sdk/wire"
)

// compiled keeps what was compiled, so that each test of this package finds it.
var compiled = wazero.NewCompilationCache()

// guest is a bare instance of a module, without the server's sandbox around it.
type guest struct {
	*testing.T
	mod api.Module
}

func newGuest(t *testing.T, module []byte) *guest {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	t.Cleanup(func() { _ = r.Close(ctx) })
	host := r.NewHostModuleBuilder("postern_v1")
	nothing := func(context.Context, api.Module, []uint64) {}
	code, err := r.CompileModule(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range code.ImportedFunctions() {
		_, name, _ := f.Import()
		host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(nothing), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	mod, err := r.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		t.Fatal(err)
	}
	return &guest{t, mod}
}

func (g *guest) run(name string, args ...uint64) uint64 {
	g.Helper()
	out, err := g.mod.ExportedFunction(name).Call(context.Background(), args...)
	if err != nil {
		g.Fatalf("%s: %v", name, err)
	}
	return append(out, 0)[0]
}

// call asks; the reply is nil where the answer is an error of the contract.
func (g *guest) call(p sdk.Point, head []byte) (reply []byte, code int64) {
	g.Helper()
	ptr := g.run("postern_alloc", uint64(len(head)))
	if ptr%16 != 0 || ptr == 0 || !g.mod.Memory().Write(uint32(ptr), head) {
		g.Fatalf("%d bytes were allocated at %#x", len(head), ptr)
	}
	v := int64(g.run("postern_call", uint64(wire.MethodOf(p)), ptr, uint64(len(head)), 0, 0))
	if v >= 0 {
		b, ok := g.mod.Memory().Read(uint32(v>>32), uint32(v))
		if !ok {
			g.Fatalf("the reply lies at %#x", v)
		}
		reply = bytes.Clone(b)
	}
	g.run("postern_free", ptr, uint64(len(head)))
	return reply, min(v, 0)
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

func TestTheMessagesAreTheGoldenOnes(t *testing.T) {
	g := newGuest(t, build(t, "testdata/reference", "reference.wasm"))
	for _, row := range sdk.Points() {
		p := row.Point
		if reply, code := g.call(p, golden(t, string(p)+"-request")); len(reply) != 2 {
			t.Errorf("%s: %x (%d) is no plain pass", p, reply, code)
		}
		if reply, code := g.call(p, questionThat(p, exittest.DoRefuse)); !bytes.Equal(reply, golden(t, string(p)+"-refuse")) {
			t.Errorf("%s: refuses with %q (%d)", p, reply, code)
		}
		if p == sdk.PointFilter {
			continue
		}
		if reply, code := g.call(p, questionThat(p, exittest.DoSet)); !bytes.Equal(reply, golden(t, string(p)+"-pass")) {
			t.Errorf("%s: passes with %q (%d)", p, reply, code)
		}
	}
}

func TestABrokenMessageIsNoReasonToFall(t *testing.T) {
	g := newGuest(t, build(t, "testdata/reference", "reference.wasm"))
	for _, row := range sdk.Points() {
		whole := golden(t, string(row.Point)+"-request")
		cut := 0
		for n := range len(whole) {
			if _, code := g.call(row.Point, whole[:n]); code == -2 {
				cut++
			} else if code != 0 {
				t.Fatalf("%s: %d of %d bytes are answered with %d", row.Point, n, len(whole), code)
			}
		}
		if cut < len(whole)/2 {
			t.Errorf("%s: only %d of %d cut messages were recognised", row.Point, cut, len(whole))
		}
		for i := 0; i < len(whole); i += 3 {
			bent := bytes.Clone(whole)
			bent[i] ^= 0x55
			if _, code := g.call(row.Point, bent); code != 0 && code != -2 && code != -3 {
				t.Errorf("%s: byte %d bent is answered with %d", row.Point, i, code)
			}
		}
		// A field with an unknown number, of each type on the wire.
		for _, more := range []string{"\xfa\x3f\x03new", "\xf8\x3f\x01", "\x7d\x01\x02\x03\x04", "\x79\x01\x02\x03\x04\x05\x06\x07\x08"} {
			if reply, code := g.call(row.Point, append(bytes.Clone(whole), more...)); len(reply) != 2 {
				t.Errorf("%s: with %q more it answers %x (%d)", row.Point, more, reply, code)
			}
		}
	}
	if reply, code := g.call("nowhere", nil); reply != nil || code != -1 {
		t.Errorf("an unknown method is answered with %x (%d)", reply, code)
	}
}

func TestMemoryThatWasGivenBackIsUsedAgain(t *testing.T) {
	g := newGuest(t, build(t, "testdata/reference", "reference.wasm"))
	for range 100 {
		for _, size := range []uint64{1, 5000, 100_000, 300_000} {
			a, b := g.run("postern_alloc", size), g.run("postern_alloc", size)
			if a == 0 || b == 0 || a%16 != 0 || b%16 != 0 || a == b {
				t.Fatalf("%d bytes lie at %#x and %#x", size, a, b)
			}
			g.run("postern_free", a, size)
			g.run("postern_free", b, size)
		}
	}
	if size := g.mod.Memory().Size(); size > 4<<20 {
		t.Errorf("the memory has grown to %d bytes", size)
	}
	if p := g.run("postern_alloc", 0xfffffff0); p != 0 {
		t.Errorf("4 GiB lie at %#x", p)
	}
}
