package meter_test

import (
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/postern/postern/plugins/wasm/meter"
)

// BenchmarkGuest says what the meter costs a guest: go test -run '^$' -bench Guest ./plugins/wasm/meter
func BenchmarkGuest(b *testing.B) {
	next := cat(get(0), i32c(1), 0x6a, 0x22, 0, i32c(1<<16), 0x49, brIf(0)) // until 65,536
	bodies := map[string][]byte{
		"bytes": loop(get(0), get(0), 0x2d, 0, 0, i32c(0x55), 0x73, 0x3a, 0, 0, next),
		"words": loop(repeat(8, get(0), get(0), 0x29, 0, 0, i64c(0x55), 0x85, 0x37, 0, 0), next),
		"sums":  loop(repeat(100, get(1), i64c(3), 0x7c, set(1)), next),
		"calls": loop(call(0), next),
	}
	for name, body := range bodies {
		w := new(wasm)
		w.memory(2)
		w.fn(nil, nil, nil)
		w.run([]vt{i32, i64}, body)
		plain := w.bytes()
		metered := rewrite(b, plain, meter.Limits{}).Bytes
		for kind, module := range map[string][]byte{"plain": plain, "metered": metered} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				guest := instantiate(b, newRuntime(b, wazero.NewRuntimeConfigCompiler()), module)
				if kind == "metered" {
					fuel(b, guest).Set(plenty)
				}
				run := guest.ExportedFunction("run")
				for b.Loop() {
					if _, err := run.Call(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRewrite says how fast the pass is.
func BenchmarkRewrite(b *testing.B) {
	w := new(wasm)
	for range 2000 {
		w.fn([]vt{i32}, nil, []vt{i64}, loop(repeat(50, get(1), i64c(3), 0x7c, set(1)), get(0), brIf(0)))
	}
	module := w.bytes()
	b.SetBytes(int64(len(module)))
	for b.Loop() {
		rewrite(b, module, meter.Limits{})
	}
}
