package sqlite

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// FuzzRow reads rows whose checksum is right and whose content is anything: what another version wrote, or somebody with
// an editor. What can be read can be written and read again, and everything that is asked of it has an answer.
func FuzzRow(f *testing.F) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	e := catalog.Entry{ID: "06h0b25dkhvgfmht1hnkqjebr0", Direction: sdk.Receive, Partner: "PARIS", Flow: "IN", Stage: catalog.StageTransfer,
		CreatedAt: at, Decisions: []catalog.Decision{{Time: at, Point: "authorize", Exit: "grants", Verdict: "allow"}}}
	for _, v := range []any{body{plain: plain(e), Version: 3}, points{At: at, Point: catalog.Point{Number: 2}}, decided{e.ID, 0, e.Decisions},
		catalog.Refusal{Time: at, Code: sdk.PartnerPassword, Peer: "192.0.2.1:5", Count: 2}} {
		b, _, err := encode(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := decodeEntry("x", b, sum(b)); err == nil {
			asked(t, e)
		}
		var d decided
		var p points
		var r catalog.Refusal
		for _, into := range []any{&d, &p, &r} {
			if unseal("x", "a row", b, sum(b), into) == nil {
				if _, _, err := encode(into); err != nil {
					t.Errorf("%T was read and cannot be written: %v", into, err)
				}
			}
		}
		r.Print()
		r.Normal(at)
	})
}

// asked asks an entry everything that a listing, a transition and an operator ask of one.
func asked(t *testing.T, e catalog.Entry) {
	b, crc, err := encodeEntry(e)
	if err != nil {
		return // a time beyond what JSON can say
	}
	again, err := decodeEntry("x", b, crc)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	third, _, err := encodeEntry(again)
	if err != nil || string(third) != string(b) {
		t.Errorf("%s\nis read and written as\n%s (%v)", b, third, err)
	}
	if !reflect.DeepEqual(columns(e)[:9], columns(again)[:9]) {
		t.Errorf("the columns of %s differ", b)
	}
	e.NewDecisions()
	if _, err := json.Marshal(e); err != nil {
		t.Errorf("cannot be shown: %v", err)
	}
}
