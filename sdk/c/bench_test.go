package csdk_test

import (
	"testing"
	"time"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

// small is a question of 18 values.
func small() *sdk.Facts {
	f := &sdk.Facts{Time: time.Unix(1795348800, 0), Transfer: "t-1"}
	f.Call = &sdk.CallFacts{Listener: "pesit", Protocol: "pesit", Sessions: 3, Running: 1}
	f.Claim = &sdk.Claim{Name: "PARIS", Method: "password", Access: "mixed"}
	f.Partner = &sdk.Partner{ID: "PARIS", Name: "PARIS"}
	f.Request = &sdk.RequestFacts{Direction: sdk.Receive, Request: sdk.Request{Action: sdk.ActionCreate, Kind: "file", File: "ORDERS",
		Label: "orders.txt", Number: 12, Size: 20}}
	return f
}

// BenchmarkDecision asks the reference exit through the sandbox: with 18 values and with every fact of the point, for a
// pass and for a refusal of 6 values.
func BenchmarkDecision(b *testing.B) {
	exit := load(b, wasm.Settings{Module: build(b, "testdata/reference", "reference.wasm")})
	for name, facts := range map[string]func() *sdk.Facts{"18": small, "all": func() *sdk.Facts { return exittest.Facts(sdk.PointAuthorize) }} {
		for _, do := range []string{exittest.DoPass, exittest.DoRefuse} {
			b.Run(name+"/"+do, func(b *testing.B) {
				q := sdk.Question{Point: sdk.PointAuthorize, Facts: facts()}
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
}
