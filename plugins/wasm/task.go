package wasm

import (
	"context"
	"errors"
	"time"
	"unicode/utf16"

	"github.com/postern/postern/sdk"
)

// task is one call of a module, and what the host functions know of it: they find it as their context. It is part of
// its instance, and no two calls of an instance overlap.
type task struct {
	context.Context // the caller's
	in              *instance
	exit            *Exit
	q               sdk.Question // without facts when the module is asked for no decision
	began           time.Time    // of the module's call, not of the wait before
	until           time.Time    // its deadline
	budget          int64        // fuel it began with
	clock           time.Time    // where time stands still for a module without the clock
	gated           bool         // it has its place at the gate
	asked           bool         // the host did something for it
	counts
	pending httpAnswer // an answer that did not fit
	kept    []byte     // one of the backend below that did not fit
	lines   *[]string  // keeps log lines too, for a trial
	std     *stdio     // of a command
}

// counts are what a call has had of the host.
type counts struct {
	checks   int   // passwords verified
	requests int   // HTTP requests made
	puts     int   // values kept
	taken    int64 // bytes read of the file, the same ones twice if need be
	logged   int   // bytes logged
}

// Value gives the runtime what it looks for while an instance is made: the memory to use. It looks again in each call, where
// there is nothing to find, and the caller's context may have a long way to say so.
func (t *task) Value(key any) any {
	if t.in.mod != nil {
		return nil
	}
	return t.Context.Value(key)
}

// burn takes fuel away and ends the call when there is none left.
func (t *task) burn(n int64) {
	left := int64(t.in.fuel.Get()) - n
	t.in.fuel.Set(uint64(left))
	if left < 0 {
		panic(t.outOfFuel())
	}
}

// burnBytes burns for moving n bytes.
func (t *task) burnBytes(n int) { t.burn(int64(n) / bytesPerFuel) }

// refuel gives back what reading n bytes of a file allows for: the same fuel for a byte as a filter has for the bytes
// of a block. It never gives more than the call began with, so that between two calls of the host there is no more to
// burn than ever, and the deadline, which is checked there, ends the call.
func (t *task) refuel(n int) {
	left := int64(t.in.fuel.Get()) + int64(n)*(t.budget/DefaultBlock+1)
	t.in.fuel.Set(uint64(min(left, t.budget)))
}

func (t *task) outOfFuel() *stop {
	return stopped(ErrFuel, "the module ran out of fuel (%s)", grouped(t.budget))
}

func (t *task) now() time.Time { return t.exit.now() }

// left is the time until the deadline.
func (t *task) left() time.Duration { return t.until.Sub(t.now()) }

// checkDeadline ends the call when its time is over, or when nobody waits for the answer.
func (t *task) checkDeadline() {
	if s := t.over(); s != nil {
		panic(s)
	}
}

// briefFuel takes a module far less than 1 ms, the shortest deadline: 20 million take 60 ms at most.
const briefFuel = 50_000

// brief tells without a look at the clock that the module has not worked for as long as its deadline: it asked nothing of the
// host and burnt little.
func (t *task) brief() bool {
	return !t.asked && t.budget-int64(t.in.fuel.Get()) < briefFuel
}

func (t *task) over() *stop {
	now := t.now()
	t.in.used = now
	switch err := t.Context.Err(); {
	case now.After(t.until), errors.Is(err, context.DeadlineExceeded):
		return t.late()
	case err != nil:
		return stopped(ErrCanceled, "its answer was not wanted any more")
	}
	return nil
}

func (t *task) late() *stop {
	return stopped(ErrDeadline, "the module was not done in time (%v)", min(t.until.Sub(t.began), t.now().Sub(t.began)).Round(time.Microsecond))
}

// outside does work of the host's that may take time, with the gate free for others meanwhile. The context ends at the
// call's deadline. Waiting to come back in is not charged to the module.
func (t *task) outside(work func(ctx context.Context)) {
	ctx, cancel := context.WithDeadline(t.Context, time.Now().Add(t.left()))
	defer cancel()
	if t.gated {
		t.gated = false
		t.exit.gate.leave()
		defer t.comeBack()
	}
	work(ctx)
}

func (t *task) comeBack() {
	began := t.now()
	if err := t.exit.gate.enter(t.Context, t.exit.times[t.q.Point].wait); err != nil {
		panic(stopped(busyKind(err), "%s to run on", busyWords(err)))
	}
	t.gated = true
	t.until = t.until.Add(t.now().Sub(began))
}

// bytes gives a view of the module's memory; ok is false for what lies outside. It is valid until the module runs on.
func (t *task) bytes(ptr, size uint64) (view []byte, ok bool) {
	if uint32(size) == 0 {
		return nil, true
	}
	if t.in.mem == nil {
		return nil, false
	}
	return t.in.mem.Read(uint32(ptr), uint32(size))
}

// What a host function answers in place of a size.
const (
	answerMissing    = -1
	answerNotGranted = -2
	answerArgument   = -3
	answerDeadline   = -4
)

func answer(s []uint64, v int32) { s[0] = uint64(uint32(v)) }

// give writes as much of value as fits into the module's buffer, and answers with the whole size.
func (t *task) give(s []uint64, ptr, capacity uint64, value []byte) {
	n := min(len(value), int(uint32(capacity)))
	out, ok := t.bytes(ptr, uint64(n))
	if !ok {
		answer(s, answerArgument)
		return
	}
	t.burnBytes(n)
	copy(out, value)
	answer(s, int32(len(value)))
}

// wideText reads an AssemblyScript string, or as much of it as a message needs.
func (t *task) wideText(ptr uint64) string {
	head, ok := t.bytes(ptr-4, 4)
	if uint32(ptr) < 4 || !ok {
		return "?"
	}
	size := uint32(head[0]) | uint32(head[1])<<8 | uint32(head[2])<<16 | uint32(head[3])<<24
	b, ok := t.bytes(ptr, uint64(min(size, 400)&^1))
	if !ok {
		return "?"
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return printable(string(utf16.Decode(units)), 200)
}
