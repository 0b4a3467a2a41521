package wasm_test

import (
	"encoding/binary"
	"slices"
)

// module builds a WebAssembly module as one would write it in the text format: declare, then bytes().
type module struct {
	types, imports, functions, memories, globals, exports, codes, datas [][]byte
	start                                                               []byte
	funcs                                                               int // imported ones counted
	names                                                               map[int]string
}

const (
	i32 = 0x7f
	i64 = 0x7e
)

func uleb(v int) []byte { return binary.AppendUvarint(nil, uint64(v)) }

func sleb(v int64) []byte {
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

// code joins instructions: ints are opcodes, byte slices are instructions with what follows them.
func code(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = append(b, byte(p))
		case []byte:
			b = append(b, p...)
		case string:
			b = append(append(b, uleb(len(p))...), p...)
		default:
			panic("a part of no known kind")
		}
	}
	return b
}

// signature reads the short form: parameters, a colon, results; i for i32, I for i64.
func signature(short string) []byte {
	parts := [2][]byte{}
	at := 0
	for _, c := range short {
		switch c {
		case ':':
			at = 1
		case 'i':
			parts[at] = append(parts[at], i32)
		case 'I':
			parts[at] = append(parts[at], i64)
		}
	}
	return code(0x60, uleb(len(parts[0])), parts[0], uleb(len(parts[1])), parts[1])
}

func (m *module) typ(short string) int {
	t := signature(short)
	for i, have := range m.types {
		if slices.Equal(t, have) {
			return i
		}
	}
	m.types = append(m.types, t)
	return len(m.types) - 1
}

func (m *module) imp(from, name, short string) int {
	m.imports = append(m.imports, code(from, name, 0, uleb(m.typ(short))))
	m.funcs++
	return m.funcs - 1
}

// fn defines a function with locals of i32; body ends without its end.
func (m *module) fn(export, short string, locals int, body ...any) int {
	m.functions = append(m.functions, uleb(m.typ(short)))
	raw := code(1, uleb(locals), i32, code(body...), 0x0b)
	m.codes = append(m.codes, code(uleb(len(raw)), raw))
	m.funcs++
	if export != "" {
		m.exports = append(m.exports, code(export, 0, uleb(m.funcs-1)))
	}
	return m.funcs - 1
}

func (m *module) name(f int, name string) {
	if m.names == nil {
		m.names = map[int]string{}
	}
	m.names[f] = name
}

func (m *module) memory(least, most int) {
	m.memories = append(m.memories, code(1, uleb(least), uleb(most)))
	m.exports = append(m.exports, code("memory", 2, uleb(0)))
}

func (m *module) global(v int32) int {
	m.globals = append(m.globals, code(i32, 1, i32c(v), 0x0b))
	return len(m.globals) - 1
}

func (m *module) data(at int32, b string) {
	m.datas = append(m.datas, code(0, i32c(at), 0x0b, b))
}

func (m *module) bytes() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id int, content []byte) { b = append(b, code(id, uleb(len(content)), content)...) }
	vector := func(id int, members [][]byte) {
		if len(members) > 0 {
			section(id, code(uleb(len(members)), slices.Concat(members...)))
		}
	}
	vector(1, m.types)
	vector(2, m.imports)
	vector(3, m.functions)
	vector(5, m.memories)
	vector(6, m.globals)
	vector(7, m.exports)
	if m.start != nil {
		section(8, m.start)
	}
	vector(10, m.codes)
	vector(11, m.datas)
	if len(m.names) > 0 {
		section(0, code("name", m.nameSection()))
	}
	return b
}

func (m *module) nameSection() []byte {
	list := uleb(len(m.names))
	for f := range m.funcs {
		if n, ok := m.names[f]; ok {
			list = append(list, code(uleb(f), n)...)
		}
	}
	return code(1, uleb(len(list)), list)
}

// Instructions by their names in the text format.

func i32c(v int32) []byte { return code(0x41, sleb(int64(v))) }
func i64c(v int64) []byte { return code(0x42, sleb(v)) }
func get(i int) []byte    { return code(0x20, uleb(i)) }
func set(i int) []byte    { return code(0x21, uleb(i)) }
func gget(i int) []byte   { return code(0x23, uleb(i)) }
func gset(i int) []byte   { return code(0x24, uleb(i)) }
func call(i int) []byte   { return code(0x10, uleb(i)) }

func loop(body ...any) []byte  { return code(0x03, 0x40, code(body...), 0x0b) }
func block(body ...any) []byte { return code(0x02, 0x40, code(body...), 0x0b) }

// when runs body if the value on the stack is not 0.
func when(body ...any) []byte { return code(0x04, 0x40, code(body...), 0x0b) }

const (
	unreachable = 0x00
	drop        = 0x1a
	ret         = 0x0f
	add         = 0x6a
	xor         = 0x73
	eq          = 0x46
	geU         = 0x4f
	extend      = 0xad
)

func br(depth int) []byte   { return code(0x0c, uleb(depth)) }
func brIf(depth int) []byte { return code(0x0d, uleb(depth)) }

var (
	load8   = code(0x2d, 0, 0)
	store8  = code(0x3a, 0, 0)
	store32 = code(0x36, 2, 0)
	load32  = code(0x28, 2, 0)
)
