package sqlite

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// arbitrary fills a value: every field of it is set in most rounds, and left as it is in some.
func arbitrary(r *rand.Rand, v reflect.Value) {
	texts := []string{"", "plain", `quote " and \`, "<&>", "naïve – ü", "\x00\x1f\x7f", "\xff\xfe", "\u2028 line", "06h0b25dkhvgfmht1hnkqjebr0"}
	times := []time.Time{{}, time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("", 3600))}
	if r.IntN(6) == 0 {
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = times[r.IntN(len(times))]
		return
	case *json.RawMessage:
		*x = json.RawMessage([]string{`{"path": "a<b"}`, `{"path":"a/b","n":[1,true]}`, `{"path":"ü"}`}[r.IntN(3)])
		return
	case *sdk.Terms:
		*x = sdk.Terms{{Name: "sync_interval", Kind: sdk.TermNumber, Number: r.Int64()}, {Name: "resync", Kind: sdk.TermFlag, Flag: true},
			{Name: "compression", Kind: sdk.TermWords, Words: texts[:r.IntN(4)]}, {Name: "a<b", Kind: sdk.TermWords}, {Name: "resync", Kind: sdk.TermFlag}}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64N(1<<40) - 1<<39)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			arbitrary(r, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		arbitrary(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			arbitrary(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"a": texts[r.IntN(len(texts))], "<": "b"}))
	}
}

// apart makes each decision another than the one before, so that nothing is left out of it.
func apart(all []catalog.Decision) {
	for i := range all {
		all[i].Point = string(rune('a' + i))
	}
}

func TestDecisionsAreReadAsTheyWereThoughMuchIsLeftOut(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)
	of := func(at time.Time, point, exit, verdict string) catalog.Decision {
		return catalog.Decision{Time: at, Point: point, Exit: exit, Verdict: verdict, Place: "postern.yaml:7:3", Duration: 1234}
	}
	want := []catalog.Decision{of(at, "open", "a", "pass"), of(at, "open", "b", "pass"), of(at, "open", "c", "refuse"), of(at, "open", "d", "pass"),
		of(at, "verify", "a", "pass"), of(at.Add(1000), "verify", "b", "pass"), of(at.Add(1000), "verify", "c", "pass")}
	b, err := encodeDecisions(decided{"E1", 3, want})
	var got decided
	if err == nil {
		err = unseal("", "", b, sum(b), &got)
	}
	if spread(got.Decisions); err != nil || !reflect.DeepEqual(got.Decisions, want) {
		t.Errorf("%s\nis read as %+v\n%v", b, got.Decisions, err)
	}
	if n := bytes.Count(b, []byte(`"point"`)); n != 5 {
		t.Errorf("%d of 7 name their point", n)
	}
	e := catalog.Entry{ID: "E1", Decided: 9, Decisions: want, Ending: &catalog.Outcome{Decisions: want}}
	b, crc, err := encodeEntry(e)
	if err == nil {
		e, err = decodeEntry("", b, crc)
	}
	if err != nil || !reflect.DeepEqual(e.Decisions, want) || !reflect.DeepEqual(e.Ending.Decisions, want) {
		t.Errorf("%s\nis read as %+v and %+v\n%v", b, e.Decisions, e.Ending, err)
	}
	whole, err := json.Marshal(decided{"E1", 3, want}) // as it was before anything was left out
	if err == nil {
		got = decided{}
		err = unseal("", "", whole, sum(whole), &got)
	}
	if spread(got.Decisions); err != nil || !reflect.DeepEqual(got.Decisions, want) {
		t.Errorf("%s\nis read as %+v\n%v", whole, got.Decisions, err)
	}
}

func TestWhatIsEncodedHereIsWhatTheLibraryWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var e catalog.Entry
		arbitrary(r, reflect.ValueOf(&e).Elem())
		apart(e.Decisions)
		if e.Ending != nil {
			apart(e.Ending.Decisions)
		}
		got, crc, err := encodeEntry(e)
		want, wantCRC, werr := encode(wrap(e))
		if !bytes.Equal(got, want) || crc != wantCRC || err != nil || werr != nil {
			t.Fatalf("%s\nthe library writes\n%s\n%v, %v", got, want, err, werr)
		}
		if got, crc, err = encodePoints(e); err != nil {
			t.Fatal(err)
		}
		if want, wantCRC, err = encode(pointsOf(e)); err != nil || crc != wantCRC || !bytes.Equal(got, want) {
			t.Fatalf("%s\nthe library writes\n%s\n%v", got, want, err)
		}
		var d decided
		arbitrary(r, reflect.ValueOf(&d).Elem())
		apart(d.Decisions)
		if got, err = encodeDecisions(d); err != nil {
			t.Fatal(err)
		}
		if want, err = json.Marshal(d); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s\nthe library writes\n%s\n%v", got, want, err)
		}
	}
	late := catalog.Entry{CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if _, _, err := encodeEntry(late); err == nil {
		t.Error("a year that JSON cannot hold is encoded")
	}
}
