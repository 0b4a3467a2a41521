package wasm

import (
	"context"
	"time"

	"github.com/postern/postern/sdk"
)

// Trial is one decision, or one block of a filter, with what it cost. After a failure it tells what was known when the module failed.
type Trial struct {
	Verdict sdk.Verdict
	Fuel    int64         // burnt
	Time    time.Duration // in the module, without waiting for it
	Memory  int64         // bytes of linear memory after the call: it never shrinks
	Log     []string      // what it logged, secrets masked; it is not logged otherwise
}

// Trial asks as [Exit.Decide] does and tells what the answer cost.
func (e *Exit) Trial(ctx context.Context, q sdk.Question) (Trial, error) {
	var t Trial
	v, err := e.decide(ctx, q, &t)
	t.Verdict = v
	return t, err
}

// before prepares an instance's call for being looked at. A nil Trial does not look.
func (t *Trial) before(in *instance) {
	if t != nil {
		in.task.lines = &t.Log
	}
}

func (t *Trial) after(in *instance) {
	if t == nil {
		return
	}
	t.Fuel, t.Time = in.burnt(), in.task.now().Sub(in.task.began)
	if in.mem != nil {
		t.Memory = int64(in.mem.Size())
	}
}
