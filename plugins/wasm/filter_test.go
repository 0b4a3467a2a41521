package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// filtering is a module with a postern_block of this body. Locals 0 to 3 are its parameters, 4 to 8 are free.
func filtering(body ...any) *reactor {
	r := newReactor(sdk.PointFilter)
	r.manifest.State = true
	r.fn("postern_block", "iiii:I", 5, body...)
	return r
}

// xorBlock changes each byte by a key, in place, and gives the block back.
func xorBlock(key int32) []byte {
	return code(block(loop(
		get(4), get(1), geU, brIf(1),
		get(0), get(4), add, get(0), get(4), add, load8, i32c(key), xor, store8,
		get(4), i32c(1), add, set(4), br(0))),
		get(1), extend)
}

func open(t *testing.T, s wasm.Settings) (sdk.Filter, *wasm.Exit) {
	t.Helper()
	e := load(t, s)
	f, err := e.OpenFilter(context.Background(), question(sdk.PointFilter))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, e
}

func TestAFilterTransformsBlocksWhereTheyLie(t *testing.T) {
	f, e := open(t, settings(filtering(xorBlock(0x55)).build()))
	if traits := e.FilterTraits(); !traits.State || traits.ChangesLength {
		t.Errorf("its traits are %+v", traits)
	}
	for _, size := range []int{256 << 10, 1, 0, 1000} {
		lent := f.(sdk.BlockLender).Buffer()
		if len(lent) != 256<<10 {
			t.Fatalf("it lends %d bytes", len(lent))
		}
		want := make([]byte, size)
		for i := range size {
			lent[i] = byte(i * 7)
			want[i] = byte(i*7) ^ 0x55
		}
		got, err := f.Block(lent[:size], false)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes, want) || got.More || got.End {
			t.Fatalf("a block of %d bytes came out wrong", size)
		}
		if size > 0 && &got.Bytes[0] != &lent[0] {
			t.Error("the block was moved")
		}
	}
	own := []byte("of the caller's own memory")
	got, err := f.Block(own, true)
	if err != nil || len(got.Bytes) != len(own) || got.Bytes[0] != 'o'^0x55 {
		t.Errorf("%q, %v", got.Bytes, err)
	}
}

func TestAFilterSaysMoreAndEnd(t *testing.T) {
	r := filtering(
		get(1), 0x45, when(get(0), i32c('z'), store8, i64c(1|1<<33), ret), // asked for more
		i64c(1|1<<32))
	f, _ := open(t, settings(r.build()))
	got, err := f.Block([]byte("abc"), false)
	if err != nil || string(got.Bytes) != "a" || !got.More || got.End {
		t.Fatalf("%+v, %v", got, err)
	}
	got, err = f.Block(nil, false)
	if err != nil || string(got.Bytes) != "z" || got.More || !got.End {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAFilterThatBreaksTheContractFails(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		kind error
	}{
		{"more than the buffer", i64c(256<<10 + 1), wasm.ErrReply},
		{"unknown bits", i64c(1 << 40), wasm.ErrReply},
		{"an abi error", i64c(-3), wasm.ErrABI},
		{"a trap", code(unreachable), wasm.ErrTrap},
		{"a loop", code(loop(br(0)), unreachable), wasm.ErrFuel},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := open(t, settings(filtering(c.body).build()))
			for range 2 { // the second time without asking the module
				if _, err := f.Block([]byte("abc"), false); !errors.Is(err, c.kind) {
					t.Errorf("%v, want %v", err, c.kind)
				}
			}
			if f.(sdk.BlockLender).Buffer() != nil {
				t.Error("it lends memory after its failure")
			}
		})
	}
}

func TestAFilterRefusesTheTransferOrItsData(t *testing.T) {
	r := filtering(i64c(-5))
	f, _ := open(t, settings(r.build()))
	_, err := f.Block([]byte("abc"), false)
	if sdk.CodeOf(err) != sdk.DataRejected {
		t.Errorf("rejected data gives %v", err)
	}
	r = filtering(i64c(0))
	r.answer = sdk.DenyVerdict(&sdk.Refusal{Code: sdk.FlowForbidden})
	if _, err := load(t, settings(r.build())).OpenFilter(context.Background(), question(sdk.PointFilter)); sdk.CodeOf(err) != sdk.FlowForbidden {
		t.Errorf("a refused transfer gives %v", err)
	}
}

func TestAFilterGivesItsStateAndTakesItBack(t *testing.T) {
	// It adds a count of blocks to the first byte; the count is its state.
	r := newReactor(sdk.PointFilter)
	count := r.global(0)
	r.fn("postern_block", "iiii:I", 0, gget(count), i32c(1), add, gset(count), get(0), gget(count), store8, get(1), extend)
	r.fn("postern_snapshot", "ii:i", 0, get(0), gget(count), store32, i32c(4))
	r.fn("postern_restore", "ii:i", 0, get(0), load32, gset(count), i32c(0))
	e := load(t, settings(r.build()))
	next := func(f sdk.Filter) byte {
		t.Helper()
		got, err := f.Block([]byte{0}, false)
		if err != nil {
			t.Fatal(err)
		}
		return got.Bytes[0]
	}
	begin := func() sdk.StatefulFilter {
		t.Helper()
		f, err := e.OpenFilter(context.Background(), question(sdk.PointFilter))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f.(sdk.StatefulFilter)
	}
	first := begin()
	next(first.(sdk.Filter))
	next(first.(sdk.Filter))
	state, err := first.Snapshot()
	if err != nil || !bytes.Equal(state, []byte{2, 0, 0, 0}) {
		t.Fatalf("its state is %v, %v", state, err)
	}
	second := begin()
	if n := next(begin().(sdk.Filter)); n != 1 {
		t.Errorf("a filter of another transfer counts %d", n)
	}
	if err := second.Restore(state); err != nil {
		t.Fatal(err)
	}
	if n := next(second.(sdk.Filter)); n != 3 {
		t.Errorf("it goes on with %d", n)
	}
}

func TestOnlySoManyTransfersAreFilteredAtOnce(t *testing.T) {
	s := settings(filtering(i64c(0)).build())
	s.Limits.Transfers, s.Limits.Wait = 2, 20*time.Millisecond
	e := load(t, s)
	var filters []sdk.Filter
	for _, peer := range []string{"192.0.2.1", "192.0.2.2"} {
		f, err := e.OpenFilter(context.Background(), from(question(sdk.PointFilter), peer))
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
		if _, err := e.OpenFilter(context.Background(), from(question(sdk.PointFilter), peer)); !errors.Is(err, wasm.ErrBusy) {
			t.Errorf("one caller has both: %v", err)
		}
	}
	if _, err := e.OpenFilter(context.Background(), question(sdk.PointFilter)); !errors.Is(err, wasm.ErrBusy) {
		t.Errorf("the third: %v", err)
	}
	for _, f := range filters {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f, err := e.OpenFilter(context.Background(), question(sdk.PointFilter))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkBlock(b *testing.B) {
	e := load(b, settings(filtering(get(1), extend).build()))
	f, err := e.OpenFilter(context.Background(), question(sdk.PointFilter))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Block(f.(sdk.BlockLender).Buffer(), false); err != nil {
			b.Fatal(err)
		}
	}
}
