package wasm_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// speaks is a module that logs the value "word" of its settings.
func speaks() []byte {
	r := newReactor(sdk.PointIdentify)
	log, fetch := r.imp("postern_v1", "log", "iii"), r.imp("postern_v1", "config_get", "iiii:i")
	r.data(scratch, "word")
	return r.build(i32c(1), i32c(8192), i32c(scratch), i32c(4), i32c(8192), i32c(100), call(fetch), call(log))
}

func TestExitsWithOneModuleRunOneCodeAndHaveAllElseToThemselves(t *testing.T) {
	gate := wasm.NewGate(2)
	var all []*wasm.Exit
	for i, word := range []string{"one", "two", "three"} {
		s := settings(speaks())
		s.Name, s.Gate, s.Config = word, gate, fmt.Appendf(nil, `{"word": %q}`, word)
		s.Limits.Instances = i + 1 // fuel and memory are written into a module: exits that differ there have codes of their own
		e, err := wasm.Load(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	load(t, func() wasm.Settings { s := settings(newReactor(sdk.PointIdentify).build()); s.Gate = gate; return s }())
	if n := gate.Codes(); n != 2 {
		t.Errorf("4 exits with 2 modules have %d codes", n)
	}
	for i, want := range []string{"one", "two", "three"} {
		trial, err := all[i].Trial(t.Context(), question(sdk.PointIdentify))
		if err != nil || len(trial.Log) != 1 || trial.Log[0] != want {
			t.Errorf("with two more exits, %s logs %q: %v", want, trial.Log, err)
		}
		if err := all[i].Close(t.Context()); err != nil { // those that are left go on
			t.Fatal(err)
		}
	}
	if n := gate.Codes(); n != 1 {
		t.Errorf("%d codes are left of one exit", n)
	}
}

func TestAMemoryLimitIsAnExitsOwnAlsoWhereTheModuleIsOthersToo(t *testing.T) {
	gate := wasm.NewGate(2)
	for _, c := range []struct {
		memory int64
		want   int // what memory.grow answers: the pages there were, or -1
	}{{32 << 20, 32}, {8 << 20, -1}, {32 << 20, 32}} {
		s := settings(greedy())
		s.Gate, s.Limits.Memory = gate, c.memory
		if got := probe(t, s, question(sdk.PointIdentify)); got != c.want {
			t.Errorf("with %d bytes: memory.grow answered %d", c.memory, got)
		}
	}
}

func TestExitsWithOneModuleAreLoadedAndClosedAtOnce(t *testing.T) {
	gate := wasm.NewGate(2)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 20 {
				s := settings(speaks())
				s.Gate, s.Config, s.CacheDir = gate, []byte(`{"word": "yes"}`), t.TempDir()
				e, err := wasm.Load(context.Background(), s)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := e.Decide(context.Background(), question(sdk.PointIdentify)); err != nil {
					t.Error(err)
				}
				if err := e.Close(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if n := gate.Codes(); n != 0 {
		t.Errorf("%d codes are left of no exit", n)
	}
}

func TestAModuleThatIsRefusedLeavesNoCode(t *testing.T) {
	gate := wasm.NewGate(2)
	s := settings(newReactor().build()) // it serves no point
	s.Gate = gate
	refused(t, s, "no point")
	if n := gate.Codes(); n != 0 {
		t.Errorf("%d codes are left", n)
	}
}
