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

func TestWhatIsEncodedHereIsWhatTheLibraryWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var e catalog.Entry
		arbitrary(r, reflect.ValueOf(&e).Elem())
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
