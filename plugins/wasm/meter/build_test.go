package meter_test

import (
	"encoding/binary"
	"slices"

	"github.com/postern/postern/plugins/wasm/meter"
)

// wasm builds a module as one would write it in the text format: declare, then bytes().
type wasm struct {
	types, imports, functions, tables, memories, globals, exports, elements, codes, datas [][]byte
	start                                                                                 []byte
	counted                                                                               bool // a data count section
	custom                                                                                []byte
	funcs, globs                                                                          int // also imported
}

type vt = meter.ValueType

const (
	i32, i64, f32, f64, v128 = meter.I32, meter.I64, meter.F32, meter.F64, meter.V128
	funcref, externref       = meter.Funcref, meter.Externref
)

func u(v int) []byte { return binary.AppendUvarint(nil, uint64(v)) }

func s(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func cat(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = append(b, byte(p))
		case byte:
			b = append(b, p)
		case vt:
			b = append(b, byte(p))
		case []vt:
			b = append(b, u(len(p))...)
			for _, t := range p {
				b = append(b, byte(t))
			}
		case []byte:
			b = append(b, p...)
		case string:
			b = append(append(b, u(len(p))...), p...)
		default:
			panic("a part of no known kind")
		}
	}
	return b
}

func vec(members [][]byte) []byte { return cat(u(len(members)), slices.Concat(members...)) }

func (w *wasm) typ(params, results []vt) int {
	t := cat(0x60, params, results)
	for i, have := range w.types {
		if slices.Equal(t, have) {
			return i
		}
	}
	w.types = append(w.types, t)
	return len(w.types) - 1
}

func (w *wasm) importFunc(module, name string, params, results []vt) int {
	w.imports = append(w.imports, cat(module, name, 0, u(w.typ(params, results))))
	w.funcs++
	return w.funcs - 1
}

func (w *wasm) importGlobal(module, name string, t vt, mutable byte) int {
	w.imports = append(w.imports, cat(module, name, 3, t, mutable))
	w.globs++
	return w.globs - 1
}

// fn defines a function; body ends without its end.
func (w *wasm) fn(params, results, locals []vt, body ...any) int {
	w.functions = append(w.functions, u(w.typ(params, results)))
	groups := u(len(locals))
	for _, l := range locals {
		groups = cat(groups, 1, l)
	}
	w.code(cat(groups, cat(body...), 0x0b))
	w.funcs++
	return w.funcs - 1
}

func (w *wasm) code(raw []byte) { w.codes = append(w.codes, cat(u(len(raw)), raw)) }

func (w *wasm) memory(limits ...int) {
	w.memories = append(w.memories, limitBytes(limits))
	w.export("memory", 2, len(w.memories)-1)
}

func (w *wasm) table(t vt, limits ...int) int {
	w.tables = append(w.tables, cat(t, limitBytes(limits)))
	return len(w.tables) - 1
}

func limitBytes(limits []int) []byte {
	if len(limits) == 1 {
		return cat(0, u(limits[0]))
	}
	return cat(1, u(limits[0]), u(limits[1]))
}

func (w *wasm) global(t vt, mutable byte, init ...any) int {
	w.globals = append(w.globals, cat(t, mutable, cat(init...), 0x0b))
	w.globs++
	return w.globs - 1
}

func (w *wasm) export(name string, kind, index int) {
	w.exports = append(w.exports, cat(name, kind, u(index)))
}

func section(id int, content []byte) []byte { return cat(id, u(len(content)), content) }

func (w *wasm) bytes() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	put := func(id int, members [][]byte) {
		if len(members) > 0 {
			b = append(b, section(id, vec(members))...)
		}
	}
	put(1, w.types)
	put(2, w.imports)
	put(3, w.functions)
	put(4, w.tables)
	put(5, w.memories)
	put(6, w.globals)
	put(7, w.exports)
	if w.start != nil {
		b = append(b, section(8, w.start)...)
	}
	put(9, w.elements)
	if w.counted {
		b = append(b, section(12, u(len(w.datas)))...)
	}
	put(10, w.codes)
	put(11, w.datas)
	return append(b, w.custom...)
}

// Instructions by their names in the text format, with what follows them.

func i32c(v int32) []byte   { return cat(0x41, s(int64(v))) }
func i64c(v int64) []byte   { return cat(0x42, s(v)) }
func get(i int) []byte      { return cat(0x20, u(i)) }
func set(i int) []byte      { return cat(0x21, u(i)) }
func gget(i int) []byte     { return cat(0x23, u(i)) }
func gset(i int) []byte     { return cat(0x24, u(i)) }
func call(i int) []byte     { return cat(0x10, u(i)) }
func br(depth int) []byte   { return cat(0x0c, u(depth)) }
func brIf(depth int) []byte { return cat(0x0d, u(depth)) }

func loop(body ...any) []byte  { return cat(0x03, 0x40, cat(body...), 0x0b) }
func block(body ...any) []byte { return cat(0x02, 0x40, cat(body...), 0x0b) }

// repeat writes the same code n times.
func repeat(n int, code ...any) []byte { return slices.Repeat(cat(code...), n) }

const (
	drop = 0x1a
	end  = 0x0b
)
