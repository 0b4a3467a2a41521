package meter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// generated is a random valid module. Its functions "f0" … use whatever WebAssembly 2.0 has; "size" and "null" tell what
// is in its tables. It imports env.mix, (i32) → i32. It always ends: its own global "ticks" counts down at each entry and
// each round, and is to be set before each call.
type generated struct {
	module  []byte
	exports []signature
	globals int // exported as g0 …
}

type signature struct{ params, results []vt }

const (
	ticks     = 0 // the global that counts down
	mix       = 0 // the imported function
	addresses = 0xfff0
)

var numeric = []vt{i32, i64, f32, f64}

type generator struct {
	*rand.Rand
	w          *wasm
	signatures []signature // of the functions, the imported one first
	globals    []vt
	self       int        // the function being written; direct calls go to those before it
	locals     []vt       // of that function, parameters first
	scratch    map[vt]int // a local of each type that nothing else uses
	labels     []label    // around the current instruction, innermost last
}

// label is what a branch to a block must bring, and whether it goes back.
type label struct {
	types []vt
	loop  bool
}

func generate(seed uint64) generated {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), w: &wasm{counted: true}}
	g.w.importFunc("env", "mix", []vt{i32}, []vt{i32})
	g.signatures = []signature{{[]vt{i32}, []vt{i32}}}
	g.environment()
	for range 2 + g.IntN(5) {
		g.signatures = append(g.signatures, signature{g.types(4), g.types(3)})
	}
	out := generated{exports: g.signatures[1:], globals: len(g.globals)}
	for i := range out.exports {
		g.function(i + 1)
		g.w.export(fmt.Sprintf("f%d", i), 0, i+1)
	}
	for table := range 2 {
		g.w.export(fmt.Sprintf("size%d", table), 0, g.w.fn(nil, []vt{i32}, nil, 0xfc, 16, table))
		g.w.export(fmt.Sprintf("null%d", table), 0, g.w.fn([]vt{i32}, []vt{i32}, nil, get(0), 0x25, table, 0xd1))
	}
	out.module = g.w.bytes()
	return out
}

// environment declares memory, tables, globals and segments.
func (g *generator) environment() {
	g.w.memory(1, 1+g.IntN(3))
	g.w.table(funcref, 8)
	g.w.table(externref, 8, 20)
	g.globals = []vt{i64}
	g.w.global(i64, 1, i64c(0))
	for range g.IntN(4) {
		t := numeric[g.IntN(4)]
		g.globals = append(g.globals, t)
		g.w.global(t, 1, g.constant(t))
	}
	for i := range g.globals {
		g.w.export(fmt.Sprintf("g%d", i), 3, i)
	}
	noise := make([]byte, 300)
	for i := range noise {
		noise[i] = byte(g.Uint32())
	}
	g.w.datas = [][]byte{cat(0, i32c(int32(g.IntN(1000))), end, string(noise)), cat(1, string(noise[:100]))}
	g.w.elements = [][]byte{
		cat(0, i32c(1), end, 3, 0, 1, 2),
		cat(1, 0, 3, 2, 1, 0),
		cat(5, funcref, 2, 0xd2, 1, end, 0xd0, funcref, end),
	}
}

func (g *generator) types(most int) []vt {
	types := make([]vt, g.IntN(most+1))
	for i := range types {
		types[i] = numeric[g.IntN(4)]
	}
	return types
}

func (g *generator) function(index int) {
	sig := g.signatures[index]
	g.self, g.labels, g.scratch = index, nil, map[vt]int{}
	own := []vt{i32, i64, f32, f64, v128}
	for i, t := range own {
		g.scratch[t] = len(sig.params) + i
	}
	for range g.IntN(40) { // sometimes more than 32, so that a branch counts more
		own = append(own, append(numeric, v128)[g.IntN(5)])
	}
	g.locals = slices.Concat(sig.params, own)
	var body []byte
	body = cat(body, g.tick(), 0x45, 0x04, 0x40) // if no tick is left
	for _, t := range sig.results {
		body = append(body, g.constant(t)...)
	}
	body = cat(body, 0x0f, end)
	body = append(body, g.statements(6, 3)...)
	for _, t := range sig.results {
		body = append(body, g.expression(t, 3)...)
	}
	g.w.fn(sig.params, sig.results, own, body)
}

// tick counts down and leaves 1 while ticks are left, else 0.
func (g *generator) tick() []byte {
	return cat(gget(ticks), i64c(1), 0x7d, gset(ticks), gget(ticks), i64c(0), 0x55)
}

func (g *generator) statements(most, depth int) []byte {
	var code []byte
	for range 1 + g.IntN(most) {
		code = append(code, g.statement(depth)...)
	}
	return code
}

// statement leaves the stack as it was.
func (g *generator) statement(depth int) []byte {
	switch n := g.IntN(24); {
	case n < 5:
		i := g.IntN(len(g.locals))
		return cat(g.expression(g.locals[i], depth), set(i))
	case n < 7:
		if len(g.globals) > 1 {
			i := 1 + g.IntN(len(g.globals)-1)
			return cat(g.expression(g.globals[i], depth), gset(i))
		}
		return cat(0x01)
	case n < 10:
		return g.store(depth)
	case n < 14 && depth > 0:
		return g.nested(depth - 1)
	case n < 16 && len(g.labels) > 0:
		return g.branch(depth)
	case n < 19:
		return g.bulk(depth)
	case n < 20:
		return cat(i32c(int32(g.IntN(8))), 0xd0, externref, 0x26, 1)
	default:
		t := append(numeric, v128)[g.IntN(5)]
		return cat(g.expression(t, depth), drop)
	}
}

// inside writes code within a block whose label wants types.
func (g *generator) inside(l label, write func() []byte) []byte {
	g.labels = append(g.labels, l)
	code := write()
	g.labels = g.labels[:len(g.labels)-1]
	return code
}

// nested is a block, a loop or an if, each with or without parameters and results.
func (g *generator) nested(depth int) []byte {
	params, results := g.types(2), g.types(2)
	t := s(int64(g.w.typ(params, results)))
	var before, after []byte
	for _, p := range params {
		before = append(before, g.expression(p, depth)...)
	}
	for range results {
		after = append(after, drop)
	}
	body := func() []byte {
		var code []byte
		for range params {
			code = append(code, drop)
		}
		code = append(code, g.statements(3, depth)...)
		for _, r := range results {
			code = append(code, g.expression(r, depth)...)
		}
		return code
	}
	switch g.IntN(3) {
	case 0:
		return cat(before, 0x02, t, g.inside(label{types: results}, body), end, after)
	case 1:
		return cat(before, 0x03, t, g.inside(label{params, true}, func() []byte {
			code := body()
			back := g.statement(0)
			for _, p := range params {
				back = append(back, g.expression(p, 1)...)
			}
			back = cat(back, g.tick(), 0x0d, 0)
			for range params {
				back = append(back, drop)
			}
			return append(code, back...)
		}), end, after)
	default:
		first := g.inside(label{types: results}, body)
		second := g.inside(label{types: results}, body)
		return cat(before, g.expression(i32, depth), 0x04, t, first, 0x05, second, end, after)
	}
}

// branch leaves a block or goes back to a loop, on a condition.
func (g *generator) branch(depth int) []byte {
	out := g.IntN(len(g.labels))
	l := g.labels[len(g.labels)-1-out]
	var code, after []byte
	for _, t := range l.types {
		code = append(code, g.expression(t, depth)...)
		after = append(after, drop)
	}
	switch {
	case l.loop:
		return cat(code, g.tick(), brIf(out), after)
	case g.IntN(3) == 0: // always taken, inside an if, with code behind it that nothing reaches
		dead := cat(0x41, s(int64(g.IntN(5))), drop, 0x00)
		return cat(g.expression(i32, depth), 0x04, 0x40, code, br(out+1), dead, end)
	case g.IntN(3) == 0:
		return cat(0x02, 0x40, code, g.expression(i32, depth), 0x0e, 2, u(out+1), u(out+1), u(out+1), end)
	default:
		return cat(code, g.expression(i32, depth), brIf(out), after)
	}
}
