package assemblyscript_test

import (
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// BenchmarkDecision asks an exit that reads 18 facts and changes four things.
func BenchmarkDecision(b *testing.B) {
	exit := load(b, "testdata/decision", "decision.wasm", wasm.Grants{}, "")
	q := sdk.Question{Point: sdk.PointOpen, Facts: exittest.Facts(sdk.PointOpen)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := exit.Decide(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
