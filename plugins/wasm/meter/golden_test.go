package meter_test

import (
	"bytes"
	"testing"

	"github.com/postern/postern/plugins/wasm/meter"
)

// burnBytes is a burning point: fuel is global g, the meter's own local is l, the weight is one byte.
func burnBytes(g, l, weight int) []byte {
	return cat(
		0x23, g, //      global.get fuel
		0x42, weight, // i64.const weight
		0x7d, // i64.sub
		settleBytes(g, l),
	)
}

func settleBytes(g, l int) []byte {
	return cat(
		0x22, l, // local.tee own
		0x24, g, // global.set fuel
		0x20, l, // local.get own
		0x42, 0, // i64.const 0
		0x53,       // i64.lt_s
		0x04, 0x40, // if
		0x00, // unreachable
		0x05, // else
		0x0b, // end
	)
}

var (
	// the fuel: mutable i64, 20,000,000 at first
	fuelGlobal = cat(i64, 1, 0x42, 0x80, 0xda, 0xc4, 0x09, 0x0b)
	head       = []byte("\x00asm\x01\x00\x00\x00")
)

func fuelExport(global int) []byte { return cat(meter.FuelExport, 3, global) }

func TestAnEmptyModuleGetsTheFuelAndNothingElse(t *testing.T) {
	want := cat(head,
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))))
	golden(t, new(wasm), want)
}

func TestAFunctionBurnsAtItsEntryAndALoopAtItsHeader(t *testing.T) {
	w := new(wasm)
	w.fn([]vt{i32}, nil, nil, loop(br(0)))
	want := cat(head,
		section(1, cat(1, 0x60, 1, i32, 0)),
		section(3, cat(1, 0)),
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))),
		section(10, cat(1, bodyOf(
			1, 1, i64, // locals: the meter's own, number 1 behind the parameter
			burnBytes(0, 1, 16), // entry
			0x03, 0x40,          // loop
			burnBytes(0, 1, 1), // header
			0x0c, 0,            // br 0
			0x0b, // end of the loop
			0x0b, // end of the function
		))))
	golden(t, w, want)
}

func TestALoopBurnsMoreForALongRound(t *testing.T) {
	w := new(wasm)
	w.fn(nil, nil, nil, loop(repeat(16, 0x01), br(0)))
	want := bodyOf(1, 1, i64, burnBytes(0, 0, 16),
		0x03, 0x40,
		burnBytes(0, 0, 2), // 1, and 1 for the first 16 of the 17 steps on the way back
		repeat(16, 0x01), 0x0c, 0,
		0x0b, 0x0b)
	goldenBody(t, w, want)
}

func TestALongWayBurnsBeforeItsHundredAndTwentyEighthStep(t *testing.T) {
	w := new(wasm)
	w.fn(nil, nil, nil, repeat(130, 0x01))
	want := bodyOf(1, 1, i64, burnBytes(0, 0, 16), repeat(127, 0x01), burnBytes(0, 0, 8), repeat(3, 0x01), 0x0b)
	goldenBody(t, w, want)
}

func TestManyLocalsMakeAnEntryCostMore(t *testing.T) {
	w := &wasm{functions: [][]byte{u(0)}}
	w.typ([]vt{i32}, nil)
	w.code(cat(1, 99, i64, 0x0b))
	goldenBody(t, w, bodyOf(2, 99, i64, 1, i64, burnBytes(0, 100, 16+3), 0x0b))
}

func goldenBody(t *testing.T, w *wasm, body []byte) {
	t.Helper()
	want := section(10, cat(1, body))
	if got := rewrite(t, w.bytes(), meter.Limits{}).Bytes; !bytes.HasSuffix(got, want) {
		t.Errorf("the rewritten function differs:\n got % x\nwant % x at the end", got, want)
	}
}

func TestTheFuelComesBehindImportedAndOwnGlobals(t *testing.T) {
	w := new(wasm)
	imported := w.importGlobal("env", "base", i32, 0)
	w.global(i64, 1, i64c(7))
	w.export("base", 3, imported)
	want := cat(head,
		section(2, cat(1, "env", "base", 3, i32, 0)),
		section(6, cat(2, i64, 1, 0x42, 7, 0x0b, fuelGlobal)),
		section(7, cat(2, "base", 3, 0, fuelExport(2))))
	golden(t, w, want)
}

func TestTablesAndMemoryGetTheSmallerMaximum(t *testing.T) {
	w := new(wasm)
	w.table(funcref, 1)
	w.table(externref, 2, 10)
	w.table(funcref, 3, 100_000)
	w.memories = [][]byte{cat(0, 1)}
	want := cat(head,
		section(4, cat(3,
			funcref, 1, 1, u(65536), // no maximum: the limit
			externref, 1, 2, 10, //     below the limit: as declared
			funcref, 1, 3, u(65536))), // above: the limit
		section(5, cat(1, 1, 1, u(512))),
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))))
	golden(t, w, want)
}

func TestAFillBurnsByItsLength(t *testing.T) {
	w := new(wasm)
	w.memories = [][]byte{cat(0, 1)}
	w.fn(nil, nil, nil, i32c(0), i32c(0), i32c(100), 0xfc, 11, 0)
	want := cat(head,
		section(1, cat(1, 0x60, 0, 0)),
		section(3, cat(1, 0)),
		section(5, cat(1, 1, 1, u(512))),
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))),
		section(10, cat(1, bodyOf(
			1, 1, i64,
			burnBytes(0, 0, 16),
			0x41, 0, 0x41, 0, 0x41, 100|0x80, 0, // i32.const 0, 0, 100
			0xad, 0x22, 0, 0xa7, // i64.extend_i32_u; local.tee own; i32.wrap_i64
			0x23, 0, 0x20, 0, //    global.get fuel; local.get own
			0x42, 4, 0x88, //       i64.const 4; i64.shr_u: one for 16 bytes
			0x42, 8, 0x7c, //       i64.const 8; i64.add
			0x7d, //                i64.sub
			settleBytes(0, 0),
			0xfc, 11, 0, // memory.fill
			0x0b,
		))))
	golden(t, w, want)
}

func TestAMemoryGrowthAboveTheLimitBurnsItsBaseAlone(t *testing.T) {
	w := new(wasm)
	w.memories = [][]byte{cat(0, 1)}
	w.fn([]vt{i32}, []vt{i32}, nil, get(0), 0x40, 0)
	want := cat(head,
		section(1, cat(1, 0x60, 1, i32, 1, i32)),
		section(3, cat(1, 0)),
		section(5, cat(1, 1, 1, u(512))),
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))),
		section(10, cat(1, bodyOf(
			1, 1, i64,
			burnBytes(0, 1, 16),
			0x20, 0,
			0xad, 0x22, 1, 0xa7,
			0x23, 0, 0x20, 1,
			0x42, 8, 0x86, //                      256 a page
			0x42, 0, //                            or none,
			0x20, 1, 0x42, 0x80, 0x04, 0x58, 0x1b, // if it is more than 512: i64.le_u; select
			0x42, 0xc0, 0x00, 0x7c, //             and 64
			0x7d,
			settleBytes(0, 1),
			0x40, 0,
			0x0b,
		))))
	golden(t, w, want)
}

func TestTheNamesOfFunctionsStayAndOtherCustomSectionsGo(t *testing.T) {
	functions := section(1, cat(1, 0, "go"))
	locals := section(2, cat(1, 0, 1, 0, "x"))
	w := &wasm{custom: slicesOf(
		section(0, cat("producers", "secret")),
		section(0, cat("name", functions, locals)),
	)}
	want := cat(head,
		section(6, cat(1, fuelGlobal)),
		section(7, cat(1, fuelExport(0))))
	// custom sections stand at the end, so the names come before the two that are added there
	want = cat(head, section(0, cat("name", functions)), want[len(head):])
	golden(t, w, want)

	w.custom = section(0, cat("name", section(1, cat(u(1<<30)))))
	if got := rewrite(t, w.bytes(), meter.Limits{}).Bytes; bytes.Contains(got, []byte("name")) {
		t.Error("a name section that counts a thousand million names goes through")
	}
}

func TestInstructionsAreWrittenInTheirShortestForm(t *testing.T) {
	padded := with(0x41, 0x80, 0x80, 0x00, 0xfc, 0x80, 0x00, drop) // nonsense to a runtime, but not to a reader
	short := with(0x41, 0x00, 0xfc, 0x00, drop)
	a, b := rewrite(t, padded, meter.Limits{}).Bytes, rewrite(t, short, meter.Limits{}).Bytes
	if !bytes.Equal(a, b) {
		t.Errorf("padded numbers go through:\n got % x\nwant % x", a, b)
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func bodyOf(parts ...any) []byte {
	b := cat(parts...)
	return cat(u(len(b)), b)
}

func golden(t *testing.T, w *wasm, want []byte) {
	t.Helper()
	got := rewrite(t, w.bytes(), meter.Limits{}).Bytes
	if !bytes.Equal(got, want) {
		t.Errorf("the rewritten module differs:\n got % x\nwant % x", got, want)
	}
}
