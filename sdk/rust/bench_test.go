package rust_test

import (
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// BenchmarkDecision asks the reference exit through the sandbox, with every fact of authorize, and is refused.
func BenchmarkDecision(b *testing.B) {
	exit := load(b, wasm.Settings{Module: build(b, "testdata/reference", "reference.wasm")})
	for _, do := range []string{exittest.DoPass, exittest.DoRefuse} {
		b.Run(do, func(b *testing.B) {
			q := sdk.Question{Point: sdk.PointAuthorize, Facts: exittest.Facts(sdk.PointAuthorize)}
			q.Facts.Session = do
			b.ReportAllocs()
			for b.Loop() {
				if _, err := exit.Decide(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
