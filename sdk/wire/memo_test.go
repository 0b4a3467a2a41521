package wire_test

import (
	"bytes"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
)

func TestFactsThatWereEncodedForTheExitBeforeAreTheSame(t *testing.T) {
	for _, row := range sdk.Points() {
		p := row.Point
		facts, others := exittest.Facts(p), exittest.Facts(p)
		others.Session = "another"
		var memo sdk.Memo
		for i, ask := range []struct {
			facts *sdk.Facts
			show  wire.Shown
		}{{facts, wire.Shown{Config: `{"a":1}`}}, {facts, wire.Shown{}}, {facts, wire.Shown{Password: true, Stored: true}}, {others, wire.Shown{}}, {facts, wire.Shown{}}} {
			q := sdk.Question{Point: p, Facts: ask.facts}
			want := wire.AppendQuestion([]byte("before"), &q, ask.show)
			q.Memo = &memo
			if got := wire.AppendQuestion([]byte("before"), &q, ask.show); !bytes.Equal(got, want) {
				t.Errorf("%s, question %d:\n%x\nwant\n%x", p, i, got, want)
			}
		}
		if p != sdk.PointFilter && memo.Of != facts {
			t.Errorf("%s: nothing was kept", p)
		}
	}
}
