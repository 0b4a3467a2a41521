package meter_test

import (
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/postern/postern/plugins/wasm/meter"
)

// budget is small, so that a test fails by its fuel and not by its time.
const budget = 200_000

// attacks are modules that never end, or do far more than their size suggests. Each exports "run" without parameters.
var attacks = map[string]func(w *wasm){
	"an endless loop": func(w *wasm) {
		w.run(nil, loop(br(0)))
	},
	"an endless loop by br_table": func(w *wasm) {
		w.run(nil, loop(i32c(0), 0x0e, 1, 0, 0))
	},
	"an endless loop that carries a value": func(w *wasm) {
		t := w.typ([]vt{i32}, []vt{i32})
		w.run(nil, i32c(1), 0x03, u(t), br(0), end, drop)
	},
	"a loop around much code without a loop": func(w *wasm) {
		w.run([]vt{i64}, loop(repeat(40_000, get(0), i64c(3), 0x7c, set(0)), br(0)))
	},
	"a loop of divisions": func(w *wasm) {
		w.run([]vt{i64}, loop(repeat(2000, get(0), i64c(3), 0x7f, set(0)), br(0)))
	},
	"a loop around branches over code": func(w *wasm) {
		w.run([]vt{i64}, loop(repeat(500, block(repeat(40, get(0), set(0)), br(0), repeat(10, get(0), set(0)))), br(0)))
	},
	"calls without a loop, each two of the next": func(w *wasm) {
		explosion(w, 40)
	},
	"calls without a loop, through a table": func(w *wasm) {
		w.table(funcref, 64)
		elements := make([][]byte, 40)
		none := w.typ(nil, nil)
		for i := range 40 {
			elements[i] = u(i)
			next := cat(i32c(int32(i)-1), 0x11, u(none), 0)
			if i == 0 {
				next = nil
			}
			w.fn(nil, nil, nil, next, next)
		}
		w.elements = [][]byte{cat(0, i32c(0), end, vec(elements))}
		w.export("run", 0, 39)
	},
	"endless recursion": func(w *wasm) {
		w.run(nil, call(0))
	},
	"recursion by two": func(w *wasm) {
		w.run(nil, call(0), call(0))
	},
	"a fill bomb": func(w *wasm) {
		w.memory(256)
		w.run(nil, repeat(100, i32c(0), i32c(1), i32c(256<<16), 0xfc, 11, 0))
	},
	"a copy bomb": func(w *wasm) {
		w.memory(256)
		w.run(nil, loop(i32c(0), i32c(128<<16), i32c(128<<16), 0xfc, 10, 0, 0, br(0)))
	},
	"an init bomb": func(w *wasm) {
		w.memory(1)
		w.counted = true
		w.datas = [][]byte{cat(1, string(make([]byte, 60_000)))}
		w.run(nil, loop(i32c(0), i32c(0), i32c(60_000), 0xfc, 8, 0, 0, br(0)))
	},
	"a memory that grows for ever": func(w *wasm) {
		w.memory(0)
		w.run(nil, loop(i32c(1), 0x40, 0, drop, br(0)))
	},
	"growths that fail": func(w *wasm) {
		w.memory(0)
		w.run(nil, loop(repeat(1000, i32c(-1), 0x40, 0, drop), br(0)))
	},
	"a table that grows for ever": func(w *wasm) {
		w.table(externref, 0)
		w.run(nil, loop(0xd0, externref, i32c(100), 0xfc, 15, 0, drop, br(0)))
	},
	"a table fill bomb": func(w *wasm) {
		w.table(externref, 60_000)
		w.run(nil, loop(i32c(0), 0xd0, externref, i32c(60_000), 0xfc, 17, 0, br(0)))
	},
	"a table copy bomb": func(w *wasm) {
		w.table(externref, 60_000)
		w.run(nil, loop(i32c(0), i32c(1), i32c(50_000), 0xfc, 14, 0, 0, br(0)))
	},
	"a table init bomb": func(w *wasm) {
		w.table(funcref, 1000)
		w.elements = [][]byte{cat(1, 0, u(1000), make([]byte, 1000))}
		w.run(nil, loop(i32c(0), i32c(0), i32c(1000), 0xfc, 12, 0, 0, br(0)))
	},
	"a loop with fifty thousand locals": func(w *wasm) {
		w.functions = [][]byte{u(w.typ(nil, nil))}
		w.code(cat(1, u(49_999), i64, loop(i32c(0), 0x04, 0x40, i64c(1), set(7), end, br(0)), end))
		w.funcs++
		w.export("run", 0, 0)
	},
	"function references without end": func(w *wasm) {
		w.run(nil, loop(repeat(100, 0xd2, 0, drop), br(0)))
		w.elements = [][]byte{cat(3, 0, 1, 0)}
	},
	"a chain of loads": func(w *wasm) {
		w.memory(16)
		w.run(nil, loop(i32c(0), repeat(5000, 0x28, 2, 0), drop, br(0)))
	},
}

func explosion(w *wasm, depth int) {
	w.fn(nil, nil, nil)
	for i := range depth {
		w.fn(nil, nil, nil, call(i), call(i))
	}
	w.export("run", 0, depth)
}

func (w *wasm) run(locals []vt, body ...any) {
	w.export("run", 0, w.fn(nil, nil, locals, body...))
}

func TestEveryAttackEndsWithAnEmptyTank(t *testing.T) {
	for name, build := range attacks {
		t.Run(name, func(t *testing.T) {
			w := new(wasm)
			build(w)
			m := rewrite(t, w.bytes(), meter.Limits{})
			eachEngine(t, func(t *testing.T, r wazero.Runtime) {
				guest := instantiate(t, r, m.Bytes)
				tank := fuel(t, guest)
				tank.Set(budget)
				_, err := guest.ExportedFunction("run").Call(t.Context())
				if err == nil {
					t.Fatalf("the attack came to its end with %d of fuel left", int64(tank.Get()))
				}
				// The last point overdraws by what it burns: a fill of the whole memory is the most.
				left := int64(tank.Get())
				if left > 0 && strings.Contains(name, "recursion") && strings.Contains(err.Error(), "stack overflow") {
					return // the interpreter's stack is shorter than the fuel
				}
				if left >= 0 || left < -(16<<20) {
					t.Errorf("it ended with %d of fuel left: %v", left, firstLine(err))
				}
			})
		})
	}
}

// A counter in the guest's own global tells how far it came, so that the bound holds for what it did and not only for
// what it burned.
func TestNoPathGoesFarOnLittleFuel(t *testing.T) {
	tick := func(n int) []byte { return repeat(n, gget(0), i64c(1), 0x7c, gset(0)) } // 4 steps each
	shapes := map[string][]byte{
		"a short round":         loop(tick(1), br(0)),
		"a long round":          loop(tick(3000), br(0)),
		"just below the check":  loop(tick(31), br(0)),
		"just above the check":  loop(tick(33), br(0)),
		"two ways":              loop(i32c(1), 0x04, 0x40, tick(30), 0x05, end, tick(30), br(0)),
		"the way round an if":   loop(tick(30), i32c(0), 0x04, 0x40, repeat(200, 0x01), end, tick(30), br(0)),
		"the else behind much":  loop(tick(30), i32c(0), 0x04, 0x40, 0x05, tick(30), end, br(0)),
		"jumps over the checks": loop(repeat(100, block(tick(30), br(0), tick(30)))),
		"a jump out of many":    loop(block(block(block(tick(20), i32c(1), brIf(2), tick(100))), tick(100)), tick(20), br(0)),
		"br_table":              loop(block(block(tick(25), i32c(1), 0x0e, 2, 0, 1, 0), tick(25)), tick(25), br(0)),
		"a return in a call":    loop(tick(10), call(0), br(0)),
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			w := new(wasm)
			w.global(i64, 1, i64c(0))
			w.export("ticks", 3, 0)
			w.fn(nil, nil, nil, tick(30), 0x0f)
			w.run(nil, loop(shape, br(0)))
			m := rewrite(t, w.bytes(), meter.Limits{})
			guest := instantiate(t, newRuntime(t, wazero.NewRuntimeConfigInterpreter()), m.Bytes)
			fuel(t, guest).Set(budget)
			if _, err := guest.ExportedFunction("run").Call(t.Context()); err == nil {
				t.Fatal("an endless module ended")
			}
			steps := 4 * guest.ExportedGlobal("ticks").Get()
			if most := uint64(16*budget + 128); steps > most {
				t.Errorf("%d steps on %d of fuel, want at most %d", steps, budget, most)
			}
		})
	}
}

func TestTheStartFunctionBurnsTheStartFuel(t *testing.T) {
	w := new(wasm)
	w.start = u(w.fn(nil, nil, nil, loop(br(0))))
	m := rewrite(t, w.bytes(), meter.Limits{StartFuel: 1000})
	eachEngine(t, func(t *testing.T, r wazero.Runtime) {
		if _, err := r.Instantiate(t.Context(), m.Bytes); err == nil {
			t.Error("an endless start function ended")
		}
	})
}

func TestAGrowthThatMustFailGivesMinusOneAndNoTrap(t *testing.T) {
	w := new(wasm)
	w.memory(1)
	w.table(externref, 1)
	w.export("memory.grow", 0, w.fn([]vt{i32}, []vt{i32}, nil, get(0), 0x40, 0))
	w.export("table.grow", 0, w.fn([]vt{i32}, []vt{i32}, nil, 0xd0, externref, get(0), 0xfc, 15, 0))
	m := rewrite(t, w.bytes(), meter.Limits{MaxMemoryPages: 10, MaxTable: 100})
	eachEngine(t, func(t *testing.T, r wazero.Runtime) {
		guest := instantiate(t, r, m.Bytes)
		for _, name := range []string{"memory.grow", "table.grow"} {
			for _, by := range []uint64{101, 70_000, 1<<32 - 1} {
				tank := fuel(t, guest)
				tank.Set(100)
				got, err := guest.ExportedFunction(name).Call(t.Context(), by)
				if err != nil || int32(got[0]) != -1 {
					t.Errorf("%s by %d: %v, %v, want −1", name, by, got, err)
				}
				if left := tank.Get(); left != 100-16-64 {
					t.Errorf("%s by %d left %d of 100, want 20", name, by, left)
				}
			}
		}
	})
}
