package meter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
)

func TestGeneratedModulesDoTheSameWithAndWithoutAMeter(t *testing.T) {
	modules := uint64(400)
	if testing.Short() || raced {
		modules = 100
	}
	eachEngine(t, func(t *testing.T, r wazero.Runtime) {
		hostMix(t, r)
		calls, trapped := 0, 0
		for seed := range modules {
			c := comparison{g: generate(seed), seed: seed}
			c.run(t, r)
			calls, trapped = calls+c.calls, trapped+c.trapped
		}
		t.Logf("%d calls of %d modules are equal, %d of them trap", calls, modules, trapped)
		if returned := calls - trapped; returned < calls/4 || trapped < calls/50 {
			t.Errorf("of %d calls %d trap: the modules do not try enough", calls, trapped)
		}
	})
}

func hostMix(t testing.TB, r wazero.Runtime) {
	t.Helper()
	mix := func(x uint32) uint32 { return x*2654435761 ^ x>>7 }
	if _, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(mix).Export("mix").Instantiate(t.Context()); err != nil {
		t.Fatalf("instantiate the host: %v", err)
	}
}

// comparison runs one generated module plain and metered.
type comparison struct {
	g              generated
	seed           uint64
	calls, trapped int
}

func (c *comparison) run(t *testing.T, r wazero.Runtime) {
	plain := instantiate(t, r, c.g.module)
	defer plain.Close(t.Context())
	metered := instantiate(t, r, rewrite(t, c.g.module, meter.Limits{}).Bytes)
	defer metered.Close(t.Context())
	random := rand.New(rand.NewPCG(c.seed, 2))
	for range 4 {
		for i, sig := range c.g.exports {
			args := make([]uint64, len(sig.params))
			for k, p := range sig.params {
				if args[k] = random.Uint64() >> random.IntN(64); p == i32 || p == f32 {
					args[k] = uint64(uint32(args[k]))
				}
			}
			c.call(t, fmt.Sprintf("f%d", i), args, plain, metered)
		}
	}
}

func (c *comparison) call(t *testing.T, name string, args []uint64, plain, metered api.Module) {
	t.Helper()
	do := func(m api.Module) string {
		m.ExportedGlobal("g0").(api.MutableGlobal).Set(400)
		results, err := m.ExportedFunction(name).Call(t.Context(), args...)
		return fmt.Sprint(results, firstLine(err))
	}
	fuel(t, metered).Set(plenty)
	want, got := do(plain), do(metered)
	if want != got {
		t.Fatalf("seed %d: %s%v is %s plain and %s metered", c.seed, name, args, want, got)
	}
	if want, got := c.state(t, plain), c.state(t, metered); want != got {
		t.Fatalf("seed %d: after %s%v globals and tables are\n%s plain and\n%s metered", c.seed, name, args, want, got)
	}
	a, _ := plain.Memory().Read(0, plain.Memory().Size())
	b, _ := metered.Memory().Read(0, metered.Memory().Size())
	if !slices.Equal(a, b) {
		t.Fatalf("seed %d: %s%v leaves other bytes in memory", c.seed, name, args)
	}
	if burnt := plenty - int64(fuel(t, metered).Get()); burnt < 16 {
		t.Errorf("seed %d: %s burned %d", c.seed, name, burnt)
	}
	if c.calls++; strings.Contains(want, "wasm error") {
		c.trapped++
	}
}

// state writes down the globals, and for each table its size and which elements are null.
func (c *comparison) state(t *testing.T, m api.Module) string {
	t.Helper()
	var b strings.Builder
	for i := range c.g.globals {
		fmt.Fprintf(&b, "%x ", m.ExportedGlobal(fmt.Sprintf("g%d", i)).Get())
	}
	for table := range 2 {
		size, err := m.ExportedFunction(fmt.Sprintf("size%d", table)).Call(t.Context())
		if err != nil {
			t.Fatalf("ask for the size of table %d: %v", table, err)
		}
		fmt.Fprintf(&b, "| %d: ", size[0])
		null := m.ExportedFunction(fmt.Sprintf("null%d", table))
		for i := range size[0] {
			is, err := null.Call(t.Context(), i)
			if err != nil {
				t.Fatalf("ask for element %d of table %d: %v", i, table, err)
			}
			fmt.Fprint(&b, is[0])
		}
	}
	return b.String()
}
