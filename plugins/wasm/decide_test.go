package wasm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

func TestAReactorAnswersWithItsVerdict(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	r.answer = sdk.DenyVerdict(&sdk.Refusal{Code: sdk.PartnerHours, Temporary: true, Detail: "not today"})
	e := load(t, settings(r.build()))
	for range 3 {
		v, err := e.Decide(context.Background(), question(sdk.PointIdentify))
		if err != nil {
			t.Fatal(err)
		}
		if v.Kind != sdk.Deny || v.Refusal.Code != sdk.PartnerHours || v.Refusal.Detail != "not today" || !v.Refusal.Temporary {
			t.Errorf("the verdict is %v with %v", v.Kind, v.Refusal)
		}
	}
	if m := e.Describe(); m.Name != "test" || e.Kind() != wasm.Reactor {
		t.Errorf("it describes itself as %+v, a %v", m, e.Kind())
	}
}

func TestAFailureNamesTheExitThePointAndTheFunction(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		kind error
		want string
	}{
		{"fuel", loop(br(0)), wasm.ErrFuel, "exit vet at identify: the module ran out of fuel (20,000,000) in decide_all"},
		{"trap", code(unreachable), wasm.ErrTrap, "exit vet at identify: the module failed: unreachable in decide_all"},
		{"abi error", code(i64c(-3), ret), wasm.ErrABI, "it answered -3 (an internal error)"},
		{"empty reply", code(i64c(0), ret), wasm.ErrReply, "its answer is empty"},
		{"wild reply", code(packed(1<<30, 16), ret), wasm.ErrReply, "lies outside its memory"},
		{"large reply", code(packed(0, 64<<10+1), ret), wasm.ErrReply, "65,537 bytes, 65,536 are allowed"},
		{"rubbish", code(packed(scratch, 5), ret), wasm.ErrReply, "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := load(t, settings(newReactor(sdk.PointIdentify).build(c.body)))
			_, err := e.Decide(context.Background(), question(sdk.PointIdentify))
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the failure is %v (want %v: %s)", err, c.kind, c.want)
			}
			var f *wasm.Failure
			if !errors.As(err, &f) || f.Exit != "vet" || f.Point != sdk.PointIdentify {
				t.Errorf("the failure does not name exit and point: %#v", f)
			}
		})
	}
}

func TestAnInstanceThatFailedIsNeverAskedAgain(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	count := r.global(0)
	s := settings(r.build( // answers the first call of an instance, fails the second, would answer a third
		gget(count), i32c(1), add, gset(count),
		gget(count), i32c(2), eq, when(unreachable)))
	s.Limits.Instances = 1
	e := load(t, s)
	for i := range 6 {
		_, err := e.Decide(context.Background(), question(sdk.PointIdentify))
		if failed := i%2 == 1; failed != (err != nil) {
			t.Fatalf("call %d: %v", i+1, err)
		}
	}
}

func TestAReactorDecidesWithoutManyAllocations(t *testing.T) {
	e := load(t, settings(newReactor(sdk.PointIdentify).build()))
	q := question(sdk.PointIdentify)
	n := testing.AllocsPerRun(200, func() {
		if _, err := e.Decide(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%v allocations for a decision", n)
	if n > 4 {
		t.Errorf("a decision allocates %v times, 4 are allowed", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	e := load(b, settings(newReactor(sdk.PointIdentify).build()))
	q := question(sdk.PointIdentify)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Decide(context.Background(), q); err != nil {
			b.Fatal(err)
		}
	}
}
