package meter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm/meter"
)

// with returns a module with one function of the given body.
func with(body ...any) []byte {
	w := new(wasm)
	w.memory(1)
	w.table(funcref, 1)
	w.fn(nil, nil, nil, body...)
	return w.bytes()
}

func raw(sections ...[]byte) []byte { return cat(head, slicesOf(sections...)) }

func TestWhatIsBeyondTheStandardIsRefusedByName(t *testing.T) {
	twoMemories := &wasm{memories: [][]byte{cat(0, 1), cat(0, 1)}}
	dataForTwo := &wasm{memories: [][]byte{cat(0, 1)}, datas: [][]byte{cat(2, 1, i32c(0), end, "")}}
	cases := map[string]struct {
		module  []byte
		feature meter.Feature
	}{
		"an atomic load":            {with(i32c(0), 0xfe, 0x10, 2, 0, drop), meter.Threads},
		"a shared memory":           {raw(section(5, cat(1, 3, 1, 1))), meter.Threads},
		"a try block":               {with(0x06, 0x40, end), meter.Exceptions},
		"a try_table":               {with(0x1f, 0x40, 0, end), meter.Exceptions},
		"a throw":                   {with(0x08, 0), meter.Exceptions},
		"a tag section":             {raw(section(13, cat(1, 0, 0))), meter.Exceptions},
		"an imported tag":           {raw(section(2, cat(1, "e", "t", 4, 0, 0))), meter.Exceptions},
		"return_call":               {with(0x12, 0), meter.TailCalls},
		"return_call_indirect":      {with(i32c(0), 0x13, 0, 0), meter.TailCalls},
		"struct.new":                {with(0xfb, 0, 0), meter.GC},
		"a struct type":             {raw(section(1, cat(1, 0x5f, 0))), meter.GC},
		"a recursive type":          {raw(section(1, cat(1, 0x4e, 1, 0x60, 0, 0))), meter.GC},
		"an anyref parameter":       {raw(section(1, cat(1, 0x60, 1, 0x6e, 0))), meter.GC},
		"call_ref":                  {with(0x14, 0), meter.FunctionRefs},
		"a typed reference":         {raw(section(1, cat(1, 0x60, 1, 0x64, 0, 0))), meter.FunctionRefs},
		"two memories":              {twoMemories.bytes(), meter.MultiMemory},
		"data for a second memory":  {dataForTwo.bytes(), meter.MultiMemory},
		"a load of a second memory": {with(i32c(0), 0x28, 0x42, 1, 0, drop), meter.MultiMemory},
		"a copy between memories":   {with(i32c(0), i32c(0), i32c(0), 0xfc, 10, 0, 1), meter.MultiMemory},
		"a 64-bit memory":           {raw(section(5, cat(1, 4, 1))), meter.Memory64},
		"a 64-bit table":            {raw(section(4, cat(1, funcref, 4, 1))), meter.Memory64},
		"pages of one byte":         {raw(section(5, cat(1, 8, 1, 0))), meter.CustomPageSizes},
		"relaxed SIMD":              {with(0xfd, 0x80, 0x02), meter.RelaxedSIMD},
		"wide arithmetic":           {with(0xfc, 0x13), meter.WideArithmetic},
		"addition in a constant":    {raw(section(6, cat(1, i32, 0, i32c(1), i32c(2), 0x6a, end))), meter.ExtendedConst},
		"a component":               {[]byte("\x00asm\x0d\x00\x01\x00"), meter.Components},
		"an opcode nobody knows":    {with(0xff), meter.UnknownOpcode},
		"a gap among the vectors":   {with(0xfd, 0x9a, 0x01), meter.UnknownOpcode},
		"a section nobody knows":    {raw(section(14, nil)), meter.UnknownSection},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := meter.Rewrite(c.module, meter.Limits{})
			e := refusal(t, err)
			if !errors.Is(err, meter.ErrUnsupported) || e.Feature != c.feature {
				t.Errorf("refused as %q (%v), want %q", e.Feature, err, c.feature)
			}
			if e.Fix == "" || !strings.Contains(err.Error(), string(c.feature)) {
				t.Errorf("the refusal does not name the feature and what to do: %v", err)
			}
		})
	}
}

func TestAModuleCannotReachWhatTheMeterAdds(t *testing.T) {
	withGlobal := func(index int, body ...any) []byte {
		w := new(wasm)
		w.importGlobal("env", "g", i64, 1)
		w.global(i64, 1, i64c(0))
		w.fn([]vt{i64}, nil, []vt{i64}, body...)
		if index >= 0 {
			w.export("mine", 3, index)
		}
		return w.bytes()
	}
	inConstant := &wasm{globals: [][]byte{cat(i64, 0, 0x23, 1, end)}}
	inOffset := &wasm{memories: [][]byte{cat(0, 1)}, datas: [][]byte{cat(0, 0x23, 0, end, "")}}
	cases := map[string][]byte{
		"by setting its global":        withGlobal(-1, i64c(1<<60), gset(2)),
		"by reading its global":        withGlobal(-1, gget(2), drop),
		"by exporting its global":      withGlobal(2),
		"by a constant":                inConstant.bytes(),
		"by an offset":                 inOffset.bytes(),
		"by setting its local":         withGlobal(-1, i64c(0), set(2)),
		"by another reader's opcodes":  with(0xfd, 0x8c, 0x00, make([]byte, 16), drop),
		"by a negative block too long": with(0x02, 0xc0, 0x7f, end),
	}
	for name, module := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := meter.Rewrite(module, meter.Limits{}); !errors.Is(err, meter.ErrMalformed) {
				t.Errorf("want it refused as malformed, got %v", err)
			}
		})
	}
	if _, err := meter.Rewrite(withGlobal(1, i64c(1), gset(1), i64c(0), set(1)), meter.Limits{}); err != nil {
		t.Errorf("a module that uses what it has is refused: %v", err)
	}
}

func TestTheReservedNameIsRefused(t *testing.T) {
	w := new(wasm)
	w.global(i64, 1, i64c(0))
	w.export(meter.FuelExport, 3, 0)
	if _, err := meter.Rewrite(w.bytes(), meter.Limits{}); !errors.Is(err, meter.ErrReserved) {
		t.Errorf("want the reserved name refused, got %v", err)
	}
}

func TestWhatAsksForTooMuchIsRefused(t *testing.T) {
	locals := func(n int) []byte {
		w := &wasm{functions: [][]byte{u(0)}}
		w.typ(nil, nil)
		w.code(cat(1, u(n), i64, end))
		return w.bytes()
	}
	manyLocals := &wasm{}
	manyLocals.typ(nil, nil)
	for range 3 {
		manyLocals.functions = append(manyLocals.functions, u(0))
		manyLocals.code(cat(1, u(30_000), i64, end))
	}
	tables := new(wasm)
	for range 33 {
		tables.table(funcref, 0)
	}
	targets := with(i32c(0), 0x0e, u(65_521), make([]byte, 65_522))
	cases := map[string]struct {
		module []byte
		limits meter.Limits
		says   string
	}{
		"a table":               {raw(section(4, cat(1, funcref, 0, u(65_537)))), meter.Limits{}, "table 0 has at least 65537 elements, the limit is 65536"},
		"a table, lower limit":  {raw(section(4, cat(1, funcref, 0, u(11)))), meter.Limits{MaxTable: 10}, "the limit is 10"},
		"an imported table":     {raw(section(2, cat(1, "e", "t", 1, funcref, 0, u(65_537)))), meter.Limits{}, "65537 elements"},
		"many tables":           {tables.bytes(), meter.Limits{}, "more than 32 tables"},
		"a memory":              {raw(section(5, cat(1, 0, u(513)))), meter.Limits{}, "513 pages of 64 KiB, the limit is 512"},
		"a memory, lower limit": {raw(section(5, cat(1, 0, 3))), meter.Limits{MaxMemoryPages: 2}, "the limit is 2"},
		"locals":                {locals(50_001), meter.Limits{}, "more than 50000 locals"},
		"four billion locals":   {locals(1<<32 - 1), meter.Limits{}, "more than 50000 locals"},
		"locals in all":         {manyLocals.bytes(), meter.Limits{}, "locals and more"},
		"parameters":            {raw(section(1, cat(1, 0x60, u(1001), make([]byte, 1001), 0))), meter.Limits{}, "1001 parameters, the limit is 1000"},
		"labels":                {targets, meter.Limits{}, "65521 labels"},
		"bytes":                 {make([]byte, 101), meter.Limits{MaxSize: 100}, "101 bytes, the limit is 100"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := meter.Rewrite(c.module, c.limits)
			if !errors.Is(err, meter.ErrLimit) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want a refusal that says %q, got %v", c.says, err)
			}
			if refusal(t, err).Fix == "" {
				t.Errorf("the refusal does not say what to do: %v", err)
			}
		})
	}
}

func TestCountsThatNoModuleCanHoldReserveNothing(t *testing.T) {
	for id := 1; id <= 11; id++ {
		if id == 8 {
			continue // a start section counts nothing
		}
		module := raw(section(id, cat(u(1<<32-1), make([]byte, 8))))
		used := testing.AllocsPerRun(1, func() {
			if _, err := meter.Rewrite(module, meter.Limits{}); !errors.Is(err, meter.ErrMalformed) {
				t.Errorf("section %d: want it refused, got %v", id, err)
			}
		})
		if used > 50 {
			t.Errorf("section %d: %v allocations", id, used)
		}
	}
}

func TestAModuleCutOffAnywhereIsRefused(t *testing.T) {
	module := richModule()
	whole := 0
	for n := range module {
		if _, err := meter.Rewrite(module[:n], meter.Limits{}); err == nil {
			whole++
		}
	}
	// A cut between two sections can leave a smaller module: one after the header and one behind each of type and
	// import. Everything from the function section to the code section wants its code.
	if whole > 10 {
		t.Errorf("%d cuts go through", whole)
	}
}

func TestBadNumbersAreRefused(t *testing.T) {
	cases := map[string][]byte{
		"a size without an end":             cat(head, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00),
		"a size beyond 32 bits":             cat(head, 1, 0xff, 0xff, 0xff, 0xff, 0x1f),
		"a constant beyond 32 bits":         with(0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, drop),
		"a constant with six bytes":         with(0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, drop),
		"a constant beyond 64 bits":         with(0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7e, drop),
		"sections out of order":             raw(section(5, cat(1, 0, 1)), section(4, cat(1, funcref, 0, 1))),
		"a section twice":                   raw(section(5, cat(1, 0, 1)), section(5, cat(1, 0, 1))),
		"a section with bytes left over":    raw(section(5, cat(1, 0, 1, 0))),
		"a function without a body":         raw(section(1, cat(1, 0x60, 0, 0)), section(3, cat(1, 0))),
		"a body without a function":         raw(section(10, cat(1, 2, 0, end))),
		"a body with bytes behind its end":  with(end),
		"a body without an end":             raw(section(1, cat(1, 0x60, 0, 0)), section(3, cat(1, 0)), section(10, cat(1, 2, 0, 1))),
		"a branch to nowhere":               with(br(1)),
		"an else without an if":             with(0x05),
		"another version":                   []byte("\x00asm\x02\x00\x00\x00"),
		"not a module":                      []byte("#!/bin/sh"),
		"nothing":                           nil,
		"a maximum below the minimum":       raw(section(5, cat(1, 1, 2, 1))),
		"an export of nothing":              raw(section(7, cat(1, "f", 0, 0))),
		"a name that is not text":           raw(section(0, cat(1, 0xff))),
		"a function of no type":             raw(section(3, cat(1, 0))),
		"a block of no type":                with(0x02, 9, end),
		"a reference in no reference table": raw(section(4, cat(1, i32, 0, 1))),
	}
	for name, module := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := meter.Rewrite(module, meter.Limits{})
			if !errors.Is(err, meter.ErrMalformed) {
				t.Errorf("want it refused as malformed, got %v", err)
			}
		})
	}
}

func TestARefusalSaysWhereAndWhat(t *testing.T) {
	w := new(wasm)
	w.importFunc("env", "log", nil, nil)
	w.fn(nil, nil, nil)
	w.fn(nil, nil, nil, 0x01, 0x12, 0)
	module := w.bytes()
	_, err := meter.Rewrite(module, meter.Limits{})
	e := refusal(t, err)
	if e.Section != "code" || e.Func != 2 || module[e.Offset] != 0x12 {
		t.Errorf("want the code section, function 2, at the instruction; got %q, %d, %d", e.Section, e.Func, e.Offset)
	}
	want := "wasm module refused (not supported): code section, function 2, byte "
	if !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "-mno-tail-call") {
		t.Errorf("unclear: %v", err)
	}
}

func TestLimitsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, l := range []meter.Limits{{MaxMemoryPages: 65_537}, {MaxSize: -1}, {StartFuel: -1}} {
		if _, err := meter.Rewrite(head, l); err == nil {
			t.Errorf("%+v goes through", l)
		}
	}
}

func TestAModuleSaysWhatItIs(t *testing.T) {
	w := new(wasm)
	w.importFunc("postern_v1", "log", []vt{i32, i32, i32}, nil)
	w.memory(2, 1000)
	w.table(funcref, 3)
	w.export("run", 0, w.fn([]vt{i32, f64}, []vt{i64, v128}, nil, 0x00))
	w.start = u(w.fn(nil, nil, nil))
	m := rewrite(t, w.bytes(), meter.Limits{MaxMemoryPages: 100, MaxTable: 50})
	if len(m.Imports) != 1 || m.Imports[0].Module+"."+m.Imports[0].Name != "postern_v1.log" ||
		m.Imports[0].Type.String() != "(i32, i32, i32)" {
		t.Errorf("imports: %+v", m.Imports)
	}
	if len(m.Exports) != 2 || m.Exports[1].Name != "run" || m.Exports[1].Index != 1 ||
		m.Exports[1].Type.String() != "(i32, f64) → (i64, v128)" {
		t.Errorf("exports: %+v", m.Exports)
	}
	if *m.Memory != (meter.Memory{Min: 2, Max: 100}) || m.Tables[0] != (meter.Table{Min: 3, Max: 50, Type: funcref}) {
		t.Errorf("memory %+v, tables %+v", m.Memory, m.Tables)
	}
	if !m.Start || m.Functions != 2 {
		t.Errorf("start %v, %d functions", m.Start, m.Functions)
	}
}

// richModule has every section.
func richModule() []byte {
	w := &wasm{counted: true}
	w.importFunc("env", "f", nil, nil)
	w.importGlobal("env", "g", i32, 0)
	w.memory(1)
	w.table(funcref, 2)
	w.global(i32, 1, i32c(5))
	run := w.fn(nil, nil, []vt{i32}, loop(call(0), i32c(0), i32c(0), i32c(1), 0xfc, 8, 0, 0))
	w.export("run", 0, run)
	w.start = u(run)
	w.elements = [][]byte{cat(0, i32c(0), end, 1, 1), cat(5, funcref, 1, 0xd2, 1, end), cat(1, 0, 1, 0)}
	w.datas = [][]byte{cat(0, i32c(0), end, "hello"), cat(1, "passive")}
	w.custom = section(0, cat("name", section(1, cat(1, 0, "f"))))
	return w.bytes()
}
