package record

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// FuzzEvent reads event files of anything: what is read names a point that there is.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"point": "authorize", "config": {"ending": ".exe"}, "facts": {"request": {"direction": "receive", "label": "Game.EXE"}, "flow": {"id": "IN"}}}`))
	f.Add([]byte(`{"point":"identify","exit":"vet","took_ns":5,"failed":"late","facts":{"claim":{"name":"PARIS","secret":"***"}},"verdict":{"deny":{"code":"partner.password"}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err != nil {
			if err.Error() == "" {
				t.Error("a fault that says nothing")
			}
			return
		}
		if _, ok := e.Question.Point.Row(); !ok {
			t.Errorf("the point %q", e.Question.Point)
		}
		if e.Verdict != nil && e.Verdict.Kind == sdk.Deny && e.Verdict.Refusal == nil {
			t.Errorf("a refusal without one: %s", b)
		}
		_ = e.Failure()
	})
}
