package meter_test

import "slices"

// operator is an instruction that takes values and gives one.
type operator struct {
	takes []vt
	code  []byte
}

// operators are the instructions without immediates, by the type they give, and those with a lane.
var operators = func() map[vt][]operator {
	table := map[vt][]operator{}
	add := func(gives vt, first, last int, takes ...vt) {
		for op := first; op <= last; op++ {
			table[gives] = append(table[gives], operator{takes, cat(op)})
		}
	}
	add(i32, 0x45, 0x45, i32)
	add(i32, 0x46, 0x4f, i32, i32)
	add(i32, 0x50, 0x50, i64)
	add(i32, 0x51, 0x5a, i64, i64)
	add(i32, 0x5b, 0x60, f32, f32)
	add(i32, 0x61, 0x66, f64, f64)
	add(i32, 0x67, 0x69, i32)
	add(i32, 0x6a, 0x78, i32, i32)
	add(i32, 0xa7, 0xa7, i64)
	add(i32, 0xbc, 0xbc, f32)
	add(i32, 0xc0, 0xc1, i32)
	add(i64, 0x79, 0x7b, i64)
	add(i64, 0x7c, 0x8a, i64, i64)
	add(i64, 0xac, 0xad, i32)
	add(i64, 0xbd, 0xbd, f64)
	add(i64, 0xc2, 0xc4, i64)
	add(f32, 0x8b, 0x91, f32)
	add(f32, 0x92, 0x98, f32, f32)
	add(f32, 0xb2, 0xb3, i32)
	add(f32, 0xb4, 0xb5, i64)
	add(f32, 0xb6, 0xb6, f64)
	add(f32, 0xbe, 0xbe, i32)
	add(f64, 0x99, 0x9f, f64)
	add(f64, 0xa0, 0xa6, f64, f64)
	add(f64, 0xb7, 0xb8, i32)
	add(f64, 0xb9, 0xba, i64)
	add(f64, 0xbb, 0xbb, f32)
	add(f64, 0xbf, 0xbf, i64)
	for op, from := range []vt{f32, f32, f64, f64} { // saturating conversions
		table[i32] = append(table[i32], operator{[]vt{from}, cat(0xfc, op)})
		table[i64] = append(table[i64], operator{[]vt{from}, cat(0xfc, op+4)})
	}
	addVectors(table)
	return table
}()

func addVectors(table map[vt][]operator) {
	add := func(gives vt, first, last int, takes ...vt) {
		for op := first; op <= last; op++ {
			if slices.Contains([]int{0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4}, op) {
				continue
			}
			table[gives] = append(table[gives], operator{takes, cat(0xfd, u(op))})
		}
	}
	lane := func(gives vt, op, lane int, takes ...vt) {
		table[gives] = append(table[gives], operator{takes, cat(0xfd, u(op), lane)})
	}
	add(v128, 0x0e, 0x0e, v128, v128)       // swizzle
	add(v128, 0x0f, 0x11, i32)              // splats
	add(v128, 0x12, 0x12, i64)              //
	add(v128, 0x13, 0x13, f32)              //
	add(v128, 0x14, 0x14, f64)              //
	add(v128, 0x23, 0x4c, v128, v128)       // comparisons
	add(v128, 0x4d, 0x4d, v128)             // not
	add(v128, 0x4e, 0x51, v128, v128)       // and, andnot, or, xor
	add(v128, 0x52, 0x52, v128, v128, v128) // bitselect
	add(i32, 0x53, 0x53, v128)              // any_true
	add(v128, 0x5e, 0x62, v128)             // demote, promote, abs, neg, popcnt
	add(i32, 0x63, 0x64, v128)              // all_true, bitmask
	add(v128, 0x65, 0x66, v128, v128)       // narrow
	add(v128, 0x67, 0x6a, v128)             // rounding
	add(v128, 0x6b, 0x6d, v128, i32)        // shifts
	add(v128, 0x6e, 0x73, v128, v128)       //
	add(v128, 0x8e, 0x93, v128, v128)       //
	add(v128, 0x95, 0x9f, v128, v128)       //
	add(v128, 0xab, 0xad, v128, i32)        //
	add(v128, 0xb5, 0xba, v128, v128)       //
	add(i32, 0xc3, 0xc4, v128)              //
	add(v128, 0xd5, 0xdf, v128, v128)       //
	add(v128, 0xe0, 0xe1, v128)             //
	add(v128, 0xe3, 0xe3, v128)             // sqrt
	add(v128, 0xe4, 0xeb, v128, v128)       //
	add(v128, 0xf0, 0xf7, v128, v128)       //
	add(v128, 0xf8, 0xff, v128)             // conversions
	lane(i32, 0x15, 15, v128)
	lane(v128, 0x17, 3, v128, i32)
	lane(i64, 0x1d, 1, v128)
	lane(v128, 0x1e, 0, v128, i64)
	lane(f32, 0x1f, 2, v128)
	lane(f64, 0x21, 1, v128)
	lanes := []byte{0, 31, 1, 30, 2, 29, 3, 28, 4, 27, 5, 26, 6, 25, 7, 24}
	table[v128] = append(table[v128], operator{[]vt{v128, v128}, cat(0xfd, 0x0d, lanes)})
}

// loads are the instructions that read memory, and stores those that write, without their offsets.
var (
	loads = map[vt][][]byte{
		i32:  {cat(0x28, 2), cat(0x2c, 0), cat(0x2d, 0), cat(0x2e, 1), cat(0x2f, 1)},
		i64:  {cat(0x29, 3), cat(0x30, 0), cat(0x31, 0), cat(0x32, 1), cat(0x33, 1), cat(0x34, 2), cat(0x35, 2)},
		f32:  {cat(0x2a, 2)},
		f64:  {cat(0x2b, 3)},
		v128: {cat(0xfd, 0, 4), cat(0xfd, 1, 3), cat(0xfd, 7, 0), cat(0xfd, 10, 3), cat(0xfd, 0x5c, 2), cat(0xfd, 0x5d, 3)},
	}
	stores = map[vt][][]byte{
		i32:  {cat(0x36, 2), cat(0x3a, 0), cat(0x3b, 1)},
		i64:  {cat(0x37, 3), cat(0x3c, 0), cat(0x3d, 1), cat(0x3e, 2)},
		f32:  {cat(0x38, 2)},
		f64:  {cat(0x39, 3)},
		v128: {cat(0xfd, 0x0b, 4)},
	}
)

func (g *generator) constant(t vt) []byte {
	bits := make([]byte, 16)
	for i := range bits {
		bits[i] = byte(g.Uint32())
	}
	switch t {
	case i32:
		return i32c(int32(g.Uint32()) >> g.IntN(32))
	case i64:
		return i64c(int64(g.Uint64()) >> g.IntN(64))
	case f32:
		return cat(0x43, bits[:4])
	case f64:
		return cat(0x44, bits[:8])
	default:
		return cat(0xfd, 0x0c, bits)
	}
}

// expression leaves one value of the type.
func (g *generator) expression(t vt, depth int) []byte {
	if depth <= 0 {
		return g.leaf(t)
	}
	switch n := g.IntN(20); {
	case n < 3:
		return g.leaf(t)
	case n < 10:
		op := operators[t][g.IntN(len(operators[t]))]
		var code []byte
		for _, takes := range op.takes {
			code = append(code, g.expression(takes, depth-1)...)
		}
		return append(code, op.code...)
	case n < 13:
		return cat(g.address(depth), loads[t][g.IntN(len(loads[t]))], u(g.IntN(2000)))
	case n < 14:
		return cat(g.expression(t, depth-1), g.expression(t, depth-1), g.expression(i32, depth-1), 0x1c, 1, t)
	case n < 16:
		return g.calling(t, depth)
	case n < 17:
		value := func() []byte { return g.expression(t, depth-1) }
		l := label{types: []vt{t}}
		return cat(g.expression(i32, depth-1), 0x04, t, g.inside(l, value), 0x05, g.inside(l, value), end)
	case n < 18:
		i := slices.Index(g.locals, t) // the scratch of the type, or an earlier local
		return cat(g.expression(t, depth-1), 0x22, u(i))
	default:
		if t == i32 {
			return g.sizes(depth)
		}
		return g.leaf(t)
	}
}

func (g *generator) leaf(t vt) []byte {
	if g.IntN(3) == 0 {
		return g.constant(t)
	}
	if i := g.IntN(len(g.globals)); i > 0 && g.globals[i] == t && g.IntN(2) == 0 {
		return gget(i)
	}
	var fitting []int
	for i, have := range g.locals {
		if have == t {
			fitting = append(fitting, i)
		}
	}
	return get(fitting[g.IntN(len(fitting))])
}

// sizes asks for sizes and growths, and for references.
func (g *generator) sizes(depth int) []byte {
	switch g.IntN(7) {
	case 0:
		return cat(0x3f, 0)
	case 1:
		return cat(i32c(int32(g.IntN(3))), 0x40, 0)
	case 2:
		return cat(g.expression(i32, depth-1), 0x40, 0)
	case 3:
		return cat(0xfc, 16, g.IntN(2))
	case 4:
		return cat(0xd0, externref, i32c(int32(g.IntN(9))), 0xfc, 15, 1)
	case 5:
		return cat(0xd2, u(1+g.IntN(2)), 0xd1)
	default:
		return cat(i32c(int32(g.IntN(4))), 0x25, g.IntN(2), 0xd1)
	}
}

// calling calls a function before this one, or one in the table, and keeps a result of the type if it has one.
func (g *generator) calling(t vt, depth int) []byte {
	callee := g.IntN(g.self)
	if g.IntN(4) == 0 {
		callee = 1 + g.IntN(2) // what the table has
	}
	sig := g.signatures[callee]
	var code []byte
	for _, p := range sig.params {
		code = append(code, g.expression(p, depth-1)...)
	}
	if callee < g.self && g.IntN(2) == 0 {
		code = append(code, call(callee)...)
	} else {
		slot := i32c(int32(min(callee, 2) + 1))
		code = cat(code, slot, 0x11, u(g.w.typ(sig.params, sig.results)), 0)
	}
	for _, r := range slices.Backward(sig.results) {
		code = append(code, set(g.scratch[r])...)
	}
	return append(code, g.leaf(t)...)
}

// address is a place in the first page, most of the time.
func (g *generator) address(depth int) []byte {
	code := g.expression(i32, depth-1)
	if g.IntN(300) > 0 {
		code = cat(code, i32c(addresses), 0x71)
	}
	return code
}

func (g *generator) store(depth int) []byte {
	t := append(numeric, v128)[g.IntN(5)]
	return cat(g.address(depth), g.expression(t, depth-1), stores[t][g.IntN(len(stores[t]))], u(g.IntN(2000)))
}

// bulk is an instruction over a length; some lengths and places are too large and trap.
func (g *generator) bulk(depth int) []byte {
	length := func(most int) []byte {
		if g.IntN(150) == 0 {
			return g.expression(i32, 1)
		}
		return i32c(int32(g.IntN(most)))
	}
	place := func(most int) []byte { return i32c(int32(g.IntN(most))) }
	switch g.IntN(9) {
	case 0:
		return cat(g.address(depth), g.expression(i32, depth-1), length(900), 0xfc, 11, 0)
	case 1:
		return cat(g.address(depth), g.address(depth), length(900), 0xfc, 10, 0, 0)
	case 2:
		return cat(g.address(depth), place(20), length(70), 0xfc, 8, 1, 0)
	case 3:
		return cat(place(5), place(3), length(4), 0xfc, 12, g.IntN(2)+1, 0)
	case 4:
		return cat(place(4), place(4), length(4), 0xfc, 14, 0, 0)
	case 5:
		return cat(place(4), place(4), length(4), 0xfc, 14, 1, 1)
	case 6:
		return cat(place(4), 0xd0, externref, length(4), 0xfc, 17, 1)
	case 7:
		return cat(place(4), 0xd2, u(1+g.IntN(2)), length(4), 0xfc, 17, 0)
	default:
		if g.IntN(10) > 0 {
			return cat(0x01)
		}
		return cat(0xfc, 9+4*g.IntN(2), 1) // data.drop or elem.drop
	}
}
