package stream

import (
	"errors"
	"slices"
	"testing"
)

func TestAShortFileIsWrittenBeforeFinishReturns(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, nil)
	woken := 0
	r.Notify(func() { woken++ })
	give(t, r, []byte("short"), true)
	r.Finish()
	if r.begun || len(r.Signals()) != 1 || woken != 1 || string(d.data) != "short" {
		t.Fatalf("goroutine: %t, %d signals, told %d times, stored %q", r.begun, len(r.Signals()), woken, d.data)
	}
	if got := wait(t, r, Finished).Totals; got.File != 5 || got.Records != 1 || got.SHA256 != hexOf([]byte("short")) {
		t.Errorf("totals %+v", got)
	}
}

func TestAShortFileWhoseDataIsScatteredIsWrittenByWhoHasNothingElseToDo(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, func(o *ReceiverOptions) { o.Scattered = true })
	if err := r.DataAt(nil, []byte("short"), 0); err != nil {
		t.Fatal(err)
	}
	r.Alone()
	r.Finish()
	if r.begun || len(r.Signals()) != 1 || string(d.data) != "short" {
		t.Fatalf("goroutine: %t, %d signals, stored %q", r.begun, len(r.Signals()), d.data)
	}
	if got := wait(t, r, Finished).Totals; got.File != 5 || got.SHA256 != hexOf([]byte("short")) {
		t.Errorf("totals %+v", got)
	}
}

func TestAShortFileThatCannotBeWrittenFails(t *testing.T) {
	r, _ := receive(t, &disk{writeErr: errDisk}, nil)
	give(t, r, []byte("short"), true)
	r.Finish()
	if s := wait(t, r, Failed); !errors.Is(s.Err, errDisk) || len(r.Signals()) != 0 {
		t.Errorf("%v, and %d more signals", s.Err, len(r.Signals()))
	}
}

func TestAShortFileThatIsWrittenMayBeginAnew(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, nil)
	give(t, r, []byte("first"), false)
	r.Finish()
	wait(t, r, Finished)
	if err := r.Rewind(0); err != nil {
		t.Fatal(err)
	}
	wait(t, r, Rewound)
	give(t, r, []byte("second"), false)
	r.Finish()
	if got := wait(t, r, Finished).Totals; string(d.data) != "second" || got.SHA256 != hexOf([]byte("second")) {
		t.Errorf("stored %q, %+v", d.data, got)
	}
}

// TestWhatIsNoShortFileHasAGoroutine also waits for signals: those of a goroutine come in their order.
func TestWhatIsNoShortFileHasAGoroutine(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ReceiverOptions)
		give   func(*testing.T, *Receiver)
		want   []SignalKind
	}{
		"a long one":      {nil, func(t *testing.T, r *Receiver) { give(t, r, make([]byte, ShortFile+1), false) }, []SignalKind{Finished}},
		"one with points": {nil, func(t *testing.T, r *Receiver) { give(t, r, []byte("x"), false); _ = r.Sync(1, nil) }, []SignalKind{Durable, Finished}},
		"one with filters": {func(o *ReceiverOptions) { o.Filters = line(xor(7)) },
			func(t *testing.T, r *Receiver) { give(t, r, []byte("x"), false) }, []SignalKind{Finished}},
		"one whose data is scattered": {func(o *ReceiverOptions) { o.Scattered = true },
			func(t *testing.T, r *Receiver) { give(t, r, []byte("x"), false) }, []SignalKind{Finished}},
		"one that goes on": {func(o *ReceiverOptions) { o.Resumed = true },
			func(t *testing.T, r *Receiver) { give(t, r, []byte("x"), false) }, []SignalKind{Finished}},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := receive(t, &disk{}, c.change)
			c.give(t, r)
			r.Finish()
			var got []SignalKind
			for s := range r.Signals() {
				if got = append(got, s.Kind); s.Kind == Finished {
					break
				}
			}
			if !r.begun || !slices.Equal(got, c.want) {
				t.Errorf("goroutine: %t, signals %v, want %v", r.begun, got, c.want)
			}
		})
	}
}
