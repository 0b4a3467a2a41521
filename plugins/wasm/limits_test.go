package wasm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// ask decides at identify for a caller at an address.
func ask(e *wasm.Exit, peer string) error {
	_, err := e.Decide(context.Background(), from(question(sdk.PointIdentify), peer))
	return err
}

func TestTheDeadlineIsMetInWhateverTheModuleAsks(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	yield := r.imp("wasi_snapshot_preview1", "sched_yield", ":i")
	s := settings(r.build(loop(call(yield), drop, br(0))))
	s.Limits.Fuel = 1_000_000_000_000
	s.Limits.Deadline = 30 * time.Millisecond
	if err := ask(load(t, s), "192.0.2.1"); !errors.Is(err, wasm.ErrDeadline) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAModuleWhoseAnswerNobodyWantsIsStopped(t *testing.T) {
	r := newReactor(sdk.PointIdentify)
	verify := r.imp("postern_v1", "verify_password", "iii:i")
	yield := r.imp("wasi_snapshot_preview1", "sched_yield", ":i")
	r.data(scratch, goodHash)
	ctx, cancel := context.WithCancel(context.Background())
	s := settings(r.build(i32c(scratch), i32c(int32(len(goodHash))), i32c(0), call(verify), drop, loop(call(yield), drop, br(0))))
	s.Grants.VerifyPassword, s.Passwords = true, &checker{hold: func(context.Context) { cancel() }}
	s.Limits.Fuel = 1_000_000_000_000
	if _, err := load(t, s).Decide(ctx, question(sdk.PointIdentify)); err == nil || errors.Is(err, wasm.ErrFuel) {
		t.Errorf("it ended with %v", err)
	}
}

func TestMemoryGrowsToItsLimitAndNoFurther(t *testing.T) {
	for _, c := range []struct{ pages, want int32 }{{31, 32}, {33, -1}, {65535, -1}} {
		r := newReactor(sdk.PointIdentify)
		s := settings(r.build(answered(i32c(c.pages), 0x40, 0)))
		s.Limits.Memory = 64 * 65536
		if got := probe(t, s, question(sdk.PointIdentify)); got != int(c.want) {
			t.Errorf("growing by %d pages: %d, want %d", c.pages, got, c.want)
		}
	}
}

func TestTheGateIsFreeWhileTheHostWorksForAModule(t *testing.T) {
	gate := wasm.NewGate(1)
	other := settings(newReactor(sdk.PointIdentify).build())
	other.Gate = gate
	b := load(t, other)
	s := settings(verifying(goodHash, 0, 1))
	s.Gate, s.Grants.VerifyPassword = gate, true
	var inside error
	s.Passwords = &checker{hold: func(context.Context) { inside = ask(b, "192.0.2.2") }}
	if got := probe(t, s, question(sdk.PointIdentify)); got != 1 {
		t.Errorf("the module heard %d", got)
	}
	if inside != nil {
		t.Errorf("another exit could not answer meanwhile: %v", inside)
	}
}

func TestACallThatFindsNoInstanceInTimeSaysSo(t *testing.T) {
	s := settings(verifying(goodHash, 0, 1))
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Grants.VerifyPassword = true
	s.Passwords = &checker{hold: func(context.Context) { close(entered); <-leave }}
	s.Limits.Instances, s.Limits.Wait, s.Limits.Deadline = 1, 20*time.Millisecond, time.Minute
	e := load(t, s)
	var wg sync.WaitGroup
	wg.Go(func() { _ = ask(e, "192.0.2.1") })
	<-entered
	err := ask(e, "192.0.2.2")
	if !errors.Is(err, wasm.ErrBusy) || !strings.Contains(err.Error(), "exit vet at identify: too many calls at once, it waited in vain for an instance") {
		t.Errorf("the second call ended with %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Decide(ctx, question(sdk.PointIdentify)); !errors.Is(err, wasm.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up ended with %v", err)
	}
	close(leave)
	wg.Wait()
}

func TestWhoWaitsForItsTurnInVainLeavesTheInstanceToOthers(t *testing.T) {
	s := settings(newReactor(sdk.PointIdentify).build())
	s.Gate = wasm.NewGate(1)
	s.Limits.Instances, s.Limits.Wait = 1, 20*time.Millisecond
	e := load(t, s)
	if err := ask(e, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	before := s.Gate.Memory()
	free := s.Gate.Hold()
	err := ask(e, "192.0.2.1")
	free()
	if !errors.Is(err, wasm.ErrBusy) || !strings.Contains(err.Error(), "it waited in vain for its turn") {
		t.Errorf("without a turn: %v", err)
	}
	if err := ask(e, "192.0.2.2"); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if got := s.Gate.Memory(); got != before {
		t.Errorf("the instances have %d bytes, and had %d before", got, before)
	}
}

// clock is a clock that is set by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(2_000_000_000, c.at.Load()) }
func (c *clock) forward(d time.Duration) { c.at.Add(int64(d)) }

// sulking traps as long as the store has the key "sulk".
func sulking(t *testing.T) (wasm.Settings, *clock) {
	t.Helper()
	r := newReactor(sdk.PointIdentify)
	fetch := r.imp("postern_v1", "kv_get", "iiii:i")
	r.data(scratch, "sulk")
	s := settings(r.build(i32c(scratch), i32c(4), i32c(0), i32c(0), call(fetch), i32c(1), eq, when(unreachable)))
	s.Grants.Store, s.Store = true, wasm.NewMemoryStore()
	if err := s.Store.Put("sulk", []byte{1}); err != nil {
		t.Fatal(err)
	}
	c := &clock{}
	s.Now = c.now
	return s, c
}

func TestAnExitThatFailsForThreeCallersIsLeftAloneForAWhile(t *testing.T) {
	s, clock := sulking(t)
	e := load(t, s)
	for _, peer := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.3"} {
		if err := ask(e, peer); !errors.Is(err, wasm.ErrTrap) {
			t.Fatalf("%s: %v", peer, err)
		}
	}
	if err := ask(e, "192.0.2.4"); !errors.Is(err, wasm.ErrOpen) || !strings.Contains(err.Error(), "unreachable in decide_all") {
		t.Fatalf("the fifth call: %v", err)
	}
	if why := e.Resting(); !strings.Contains(why, "not asked for another 1s") {
		t.Errorf("it rests because %q", why)
	}
	clock.forward(time.Second)
	if err := ask(e, "192.0.2.1"); !errors.Is(err, wasm.ErrOpen) {
		t.Fatalf("whoever failed before was let in first: %v", err)
	}
	if err := ask(e, "192.0.2.4"); !errors.Is(err, wasm.ErrTrap) {
		t.Fatalf("the trial after the pause: %v", err)
	}
	clock.forward(time.Second)
	if err := ask(e, "192.0.2.5"); !errors.Is(err, wasm.ErrOpen) {
		t.Fatalf("the second pause is no longer than the first: %v", err)
	}
	clock.forward(3 * time.Second) // the pause, and another for whoever failed
	if err := s.Store.Put("sulk", nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ask(e, "192.0.2.4"); err != nil {
			t.Fatalf("the module is well again: %v", err)
		}
	}
	if why := e.Resting(); why != "" {
		t.Errorf("it is well again, and rests because %q", why)
	}
}

func TestTheAddressesOfOneNetworkAreOneCaller(t *testing.T) {
	s, _ := sulking(t)
	e := load(t, s)
	for i := range 10 {
		if err := ask(e, fmt.Sprintf("[2001:db8::%d]", i)); !errors.Is(err, wasm.ErrTrap) {
			t.Fatal(err)
		}
	}
}

func TestOneHostileCallerLocksOutNobody(t *testing.T) {
	s, _ := sulking(t)
	e := load(t, s)
	for i := range 10 {
		q := from(question(sdk.PointIdentify), "192.0.2.1")
		q.Facts.Claim = &sdk.Claim{Name: fmt.Sprint("NAME", i)}
		if _, err := e.Decide(context.Background(), q); !errors.Is(err, wasm.ErrTrap) {
			t.Fatal(err)
		}
	}
	if err := s.Store.Put("sulk", nil); err != nil {
		t.Fatal(err)
	}
	if err := ask(e, "192.0.2.2"); err != nil {
		t.Errorf("another caller: %v", err)
	}
}

func TestManyCallersAtOnceGetTheirOwnAnswers(t *testing.T) {
	// The module answers with its own question's bytes as the detail of a refusal: logged instead, and compared.
	r := newReactor(sdk.PointIdentify)
	log := r.imp("postern_v1", "log", "iii")
	fetch := r.imp("postern_v1", "fact_get", "iiii:i")
	r.data(scratch, "session")
	s := settings(r.build(i32c(1), i32c(8192), i32c(scratch), i32c(7), i32c(8192), i32c(100), call(fetch), call(log)))
	s.Limits.Instances, s.Limits.Wait = 3, time.Minute
	e := load(t, s)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				q := question(sdk.PointIdentify)
				q.Facts.Session = fmt.Sprintf("%d-%d", g, i)
				trial, err := e.Trial(context.Background(), q)
				if err != nil || len(trial.Log) != 1 || trial.Log[0] != q.Facts.Session {
					t.Errorf("call %s: %v, %v", q.Facts.Session, trial.Log, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAnExitThatWasClosedAnswersNothing(t *testing.T) {
	e, err := wasm.Load(context.Background(), settings(newReactor(sdk.PointIdentify).build()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := ask(e, "192.0.2.1"); !errors.Is(err, wasm.ErrClosed) {
		t.Errorf("it answered with %v", err)
	}
}

func TestClosingWaitsForWhoeverIsInside(t *testing.T) {
	s := settings(verifying(goodHash, 0, 1))
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Grants.VerifyPassword = true
	s.Passwords = &checker{hold: func(context.Context) { close(entered); <-leave }}
	s.Limits.Deadline = time.Minute
	e, err := wasm.Load(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { answered <- ask(e, "192.0.2.1") }()
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("closing did not wait: %v", err)
	}
	close(leave)
	if err := <-answered; !errors.Is(err, wasm.ErrABI) { // it told what it heard
		t.Errorf("the call inside ended with %v", err)
	}
}
