package wire

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func pieces(t testing.TB, f FPDU) (all []string) {
	t.Helper()
	a, err := ReadArticles(f)
	if err != nil {
		t.Fatal(err)
	}
	for p, ok := a.Next(); ok; p, ok = a.Next() {
		all = append(all, string(p.Bytes))
	}
	return all
}

func data(ft Type, sixth byte, body string) FPDU {
	bytes := append(Header{Length: 6 + len(body), Type: ft, Dst: 1, Sixth: sixth}.Append(nil), body...)
	return FPDU{Header: DecodeHeader(bytes), Bytes: bytes}
}

func TestArticlesOfADTF(t *testing.T) {
	for _, r := range []struct {
		name string
		f    FPDU
		want []string
	}{
		{"one", data(DTF, 0, "abc"), []string{"abc"}},
		{"one that looks prefixed", data(DTF, 0, "\x00\x01c"), []string{"\x00\x01c"}},
		{"octet 6 is 1 and a length comes first", data(DTF, 1, "\x00\x03abc"), []string{"abc"}},
		{"octet 6 is 1 and no length comes first", data(DTF, 1, "abcde"), []string{"abcde"}},
		{"octet 6 is 1 and the length is another", data(DTF, 1, "\x00\x04abc"), []string{"\x00\x04abc"}},
		{"octet 6 is 1 and there is one byte", data(DTF, 1, "a"), []string{"a"}},
		{"several, one of them empty", data(DTF, 3, "\x00\x01a\x00\x00\x00\x02bc"), []string{"a", "", "bc"}},
		{"none", data(DTF, 0, ""), nil},
		{"none although octet 6 is 1", data(DTF, 1, ""), nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := pieces(t, r.f); !slices.Equal(got, r.want) {
				t.Errorf("%q, want %q", got, r.want)
			}
		})
	}
}

func TestArticlesThatDoNotFillTheDTFExactlyAreRefusedBeforeTheFirst(t *testing.T) {
	for name, f := range map[string]FPDU{
		"a byte too many":        data(DTF, 2, "\x00\x01a\x00\x01bc"),
		"a byte too few":         data(DTF, 2, "\x00\x01a\x00\x02b"),
		"an article too many":    data(DTF, 2, "\x00\x01a\x00\x01b\x00\x01c"),
		"an article too few":     data(DTF, 3, "\x00\x01a\x00\x01b"),
		"half a length":          data(DTF, 2, "\x00\x01a\x00"),
		"nothing":                data(DTF, 2, ""),
		"a length beyond it all": data(DTF, 255, "\xFF\xFFa"),
		"a SYN":                  data(Syn, 0, "\x14\x01\x01"),
	} {
		var e *Error
		if a, err := ReadArticles(f); !errors.As(err, &e) || e.Diagnostic != ProtocolError || a.Count() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatABuilderPacksIsUnpackedWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		articles := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 40), 1, 255).Draw(t, "articles")
		b := NewBuilder(nil, Link{Framing: Raw})
		b.Begin(DTF, 1, 0)
		for _, a := range articles {
			b.Article(a)
		}
		out, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		f := FPDU{Header: DecodeHeader(out), Bytes: out}
		if f.Sixth == 1 {
			t.Fatal("octet 6 = 1 was sent")
		}
		it, err := ReadArticles(f)
		if err != nil || it.Count() != len(articles) {
			t.Fatalf("%d articles, %v", it.Count(), err)
		}
		for _, want := range articles {
			if p, ok := it.Next(); !ok || !bytes.Equal(p.Bytes, want) || cap(p.Bytes) != len(p.Bytes) && f.Sixth > 1 {
				t.Fatalf("% X, want % X", p.Bytes, want)
			}
		}
		it, _ = ReadArticles(f)
		if got := it.Merge(); !bytes.Equal(got, bytes.Join(articles, nil)) || it.Count() != 0 {
			t.Fatalf("merged % X", got)
		}
	})
}

func TestMergeTakesWhatWasNotWalkedYet(t *testing.T) {
	it, err := ReadArticles(data(DTF, 3, "\x00\x01a\x00\x02bc\x00\x03def"))
	if err != nil {
		t.Fatal(err)
	}
	it.Next()
	if got := it.Merge(); string(got) != "bcdef" {
		t.Errorf("%q", got)
	}
	it, _ = ReadArticles(data(DTFMA, 0, "whole"))
	if got := it.Merge(); string(got) != "whole" || it.Count() != 0 {
		t.Errorf("%q", got)
	}
}

func TestASegmentedArticleIsNotInterrupted(t *testing.T) {
	for _, r := range []struct {
		units []Type
		ok    bool
		open  bool
	}{
		{[]Type{DTF, Syn, DTFDA, DTFFA, DTFDA, DTFMA, DTFMA, DTFFA, DTF, DTFEnd}, true, false},
		{[]Type{DTFDA, DTFMA}, true, true},
		{[]Type{DTFDA, IDT}, true, true},
		{[]Type{DTFMA}, false, false},
		{[]Type{DTFFA}, false, false},
		{[]Type{DTFDA, DTFFA, DTFFA}, false, false},
		{[]Type{DTFDA, DTF}, false, true},
		{[]Type{DTFDA, DTFDA}, false, true},
		{[]Type{DTFDA, Syn}, false, true},
		{[]Type{DTFDA, DTFMA, DTFEnd}, false, true},
	} {
		var s Segments
		var err error
		for _, u := range r.units {
			if err = s.Accept(u); err != nil {
				break
			}
		}
		var e *Error
		if (err == nil) != r.ok || err != nil && (!errors.As(err, &e) || e.Diagnostic != ProtocolError) || s.Open() != r.open {
			t.Errorf("%v: %v, open %v", r.units, err, s.Open())
		}
	}
}
