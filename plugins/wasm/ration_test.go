package wasm_test

import (
	"errors"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// greedy is a module that grows its memory to 20 MiB and tells by an error whether it could.
func greedy() []byte {
	return newReactor(sdk.PointIdentify).build(answered(i32c(288), code(0x40, 0)))
}

func TestAllModulesTogetherHaveNoMoreMemoryThanTheyShare(t *testing.T) {
	for _, c := range []struct {
		share int64
		want  int // what memory.grow answers: the pages there were, or -1
	}{{30 << 20, 32}, {10 << 20, -1}} {
		gate := wasm.NewGate(2)
		gate.Share(c.share)
		other, s := settings(newReactor(sdk.PointIdentify).build()), settings(greedy())
		other.Gate, s.Gate = gate, gate
		resting := load(t, other) // 2 MiB
		if got := probe(t, s, question(sdk.PointIdentify)); got != c.want {
			t.Errorf("of %d bytes: memory.grow answered %d", c.share, got)
		}
		if _, err := resting.Decide(t.Context(), question(sdk.PointIdentify)); err != nil {
			t.Errorf("another exit: %v", err)
		}
	}
	gate := wasm.NewGate(2)
	gate.Share(1 << 20)
	s := settings(greedy())
	s.Gate = gate
	if e, err := wasm.Load(t.Context(), s); !errors.Is(err, wasm.ErrBusy) {
		t.Errorf("an instance without memory: %v %v", e, err)
	}
}

func TestAShareThatGrowsOrShrinksCountsFromThenOn(t *testing.T) {
	gate := wasm.NewGate(2)
	s := settings(greedy())
	s.Gate = gate
	load(t, s) // 2 MiB, and it stays
	gate.Share(10 << 20)
	if got := probe(t, s, question(sdk.PointIdentify)); got != -1 {
		t.Errorf("memory.grow answered %d with a share that was cut", got)
	}
	gate.Share(wasm.DefaultShared)
	if got := probe(t, s, question(sdk.PointIdentify)); got != 32 {
		t.Errorf("memory.grow answered %d with a share that was raised", got)
	}
}

func TestTheMemoryOfAModuleIsGivenBack(t *testing.T) {
	gate := wasm.NewGate(2)
	s := settings(greedy())
	s.Gate = gate
	for range 3 {
		e, err := wasm.Load(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if gate.Memory() == 0 {
			t.Error("an exit without memory")
		}
		for range 3 {
			_, _ = e.Decide(t.Context(), question(sdk.PointIdentify)) // it fails, and its instance goes
		}
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r := newReactor(sdk.PointIdentify)
	f := r.fn("", ":", 0, unreachable)
	r.start = uleb(f)
	refusedSettings := settings(r.build())
	refusedSettings.Gate = gate
	refused(t, refusedSettings, "start")
	if n := gate.Memory(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}
