package wire

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// fullBody is the body of an FPDU with every parameter of its table.
func fullBody(t testing.TB, s *Spec) []byte {
	t.Helper()
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(s.Type, 1, 0)
	if s.Type.IsData() {
		b.Data([]byte("x"))
	}
	for _, r := range s.Rules {
		row, ok := r.PI.Param()
		switch {
		case !ok:
			t.Fatalf("%s lists PI %d, which has no row", s.Name, r.PI)
		case row.Kind == Group:
		case row.Kind == Text:
			b.Text(r.PI, strings.Repeat("x", row.Max))
		case row.Kind == Date:
			b.date(r.PI, []byte("260120135857"))
		case r.PI == PIDiagnostic:
			b.Diagnostic(Success)
		case r.PI == PISync:
			b.Sync(32, 2)
		case r.PI == PICompression:
			b.Compression(Compression{On: true, Mode: Both})
		default:
			b.Num(r.PI, 1)
		}
	}
	out, err := b.Done()
	if err != nil {
		t.Fatalf("%s with everything: %v", s.Name, err)
	}
	return out[HeaderSize:]
}

func TestTheTableHasEveryFPDUOnceInWireOrder(t *testing.T) {
	if len(specs) != 38 {
		t.Errorf("%d FPDUs, want 38", len(specs))
	}
	seen := map[Type]bool{}
	names := map[string]bool{}
	for _, ft := range Types() {
		s := ft.Spec()
		if seen[ft] || names[s.Name] {
			t.Errorf("%s twice", s.Name)
		}
		seen[ft], names[s.Name] = true, true
		top, inner := PI(0), PI(0)
		for _, r := range s.Rules {
			row, ok := r.PI.Param()
			if !ok || row.PI != r.PI || row.Label == "" {
				t.Errorf("%s: PI %d has no row", s.Name, r.PI)
			}
			if r.Group == 0 {
				if r.PI <= top {
					t.Errorf("%s: PI %d after %d", s.Name, r.PI, top)
				}
				top, inner = r.PI, 0
				continue
			}
			if r.Group != top || r.PI <= inner || !r.Group.IsGroup() {
				t.Errorf("%s: PI %d misplaced in group %d", s.Name, r.PI, r.Group)
			}
			inner = r.PI
		}
	}
	if Type(0xC007).Known() || Type(0xC007).String() != "FPDU C007" {
		t.Error("C007 is known")
	}
}

func TestLengthsTakeOneByteUpTo254AndThreeBeyond(t *testing.T) {
	for n, want := range map[int]string{1: "5B01", 254: "5BFE", 255: "5BFF00FF", 300: "5BFF012C", 4096: "5BFF1000"} {
		b := NewBuilder(nil, Link{Framing: Raw})
		b.Begin(MsgMM, 1, 0)
		b.Text(PIMessage, strings.Repeat("m", n))
		out, err := b.Done()
		if err != nil || !strings.HasPrefix(strings.ToUpper(hexOf(out[HeaderSize:])), want) {
			t.Errorf("%d: % X, %v", n, out[:min(12, len(out))], err)
		}
		var p Params
		if err := p.Decode(FPDU{Header: DecodeHeader(out), Bytes: out}); err != nil || len(p.Text(PIMessage)) != n {
			t.Errorf("%d comes back as %d, %v", n, len(p.Text(PIMessage)), err)
		}
		if notes, _ := p.Notes(); len(notes) != 0 {
			t.Errorf("%d: %v", n, notes)
		}
	}
}

func TestAGroupBeyond254BytesGetsAThreeByteLength(t *testing.T) {
	// No group of the table grows that far with values of the table, so the builder's inside is driven.
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(Select, 1, 0)
	b.Num(PIFileType, 0)
	b.Text(PIFileName, "F")
	b.buf = appendUnit(b.buf, PIFileName, bytes.Repeat([]byte("x"), 300))
	b.Num(PITransfer, 5)
	out := b.buf
	if want := raw(t, "09FF0136 0B0100 0C0146 0CFF012C"); !bytes.HasPrefix(out[HeaderSize:], want) {
		t.Errorf("% X", out[:30])
	}
	if !bytes.HasSuffix(out, raw(t, "787878 0D0105")) {
		t.Errorf("ends with % X", out[len(out)-6:])
	}
}

func TestABuilderRefusesWhatMustNotBeSent(t *testing.T) {
	begin := func(ft Type) func(*Builder) { return func(b *Builder) { b.Begin(ft, 1, 0) } }
	rows := map[string][]func(*Builder){
		"an FPDU that does not exist":        {begin(0xC007)},
		"a parameter before any FPDU":        {func(b *Builder) { b.Num(PIPoint, 1) }},
		"a parameter of another FPDU":        {begin(Write), func(b *Builder) { b.Num(PIPoint, 1) }},
		"descending order":                   {begin(TransEnd), func(b *Builder) { b.Num(PIArticles, 1); b.Num(PIBytes, 1) }},
		"a parameter twice":                  {begin(TransEnd), func(b *Builder) { b.Num(PIBytes, 1); b.Num(PIBytes, 1) }},
		"a group as a parameter":             {begin(Create), func(b *Builder) { b.Num(PGIFile, 1) }},
		"a number that does not fit":         {begin(Read), func(b *Builder) { b.Num(PIPoint, 1<<24) }},
		"a symbol outside its values":        {begin(Connect), func(b *Builder) { b.Num(PICRC, 2) }},
		"a sync point beyond 999999":         {begin(Syn), func(b *Builder) { b.Num(PISyncPoint, 1000000) }},
		"a text that does not fit":           {begin(Connect), func(b *Builder) { b.Text(PIRequester, strings.Repeat("x", 25)) }},
		"a text for a number":                {begin(Read), func(b *Builder) { b.Text(PIPoint, "1") }},
		"a number for a text":                {begin(Connect), func(b *Builder) { b.Num(PIRequester, 1) }},
		"a password beyond eight characters": {begin(AConnect), func(b *Builder) { b.Access("ninechars", "") }},
		"a window without an interval":       {begin(AConnect), func(b *Builder) { b.Num(PIVersion, 2); b.Sync(0, 1) }},
		"an impossible compression":          {begin(ORF), func(b *Builder) { b.Compression(Compression{On: true}) }},
		"a date for a text":                  {begin(RelConf), func(b *Builder) { b.date(PIFreeText, []byte("260120135857")) }},
		"a short date":                       {begin(AckSelect), func(b *Builder) { b.Diagnostic(OtherFile); b.date(PICreated, []byte("2601")) }},
		"an empty DTF":                       {begin(DTF)},
		"an empty segment":                   {begin(DTFMA), func(b *Builder) { b.Data(nil) }},
		"data in a SYN":                      {begin(Syn), func(b *Builder) { b.Data([]byte("x")) }},
		"articles in a segment":              {begin(DTFDA), func(b *Builder) { b.Article([]byte("x")) }},
		"an article behind plain data":       {begin(DTF), func(b *Builder) { b.Data([]byte("x")); b.Article([]byte("x")) }},
		"plain data behind an article":       {begin(DTF), func(b *Builder) { b.Article([]byte("x")); b.Data([]byte("x")) }},
		"256 articles": {begin(DTF), func(b *Builder) {
			for range 256 {
				b.Article([]byte("x"))
			}
		}},
		"one empty article":                {begin(DTF), func(b *Builder) { b.Article(nil) }},
		"an entity beyond the agreed size": {begin(DTF), func(b *Builder) { b.Data(make([]byte, 95)) }},
	}
	for name, steps := range rows {
		t.Run(name, func(t *testing.T) {
			b := NewBuilder([]byte("kept"), Link{Max: 100})
			for _, step := range steps {
				step(&b)
			}
			if out, err := b.Done(); err == nil || string(out) != "kept" {
				t.Errorf("% X, %v", out, err)
			}
		})
	}
}

func TestNoFPDUIsLongerThanItsLengthField(t *testing.T) {
	for _, l := range []Link{{}, {Framing: Raw}, {Framing: Raw, CRC: true}} {
		for extra := range 3 {
			b := NewBuilder(nil, l)
			b.Begin(DTF, 1, 0)
			b.Data(make([]byte, l.MaxBody()+extra))
			b.Begin(Syn, 1, 0)
			b.Num(PISyncPoint, 1)
			if out, err := b.Done(); (err == nil) != (extra == 0) {
				t.Errorf("%+v with %d bytes more: %d bytes, %v", l, extra, len(out), err)
			}
		}
	}
}

func TestAnExplanationIsCutNotRefused(t *testing.T) {
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(Abort, 1, 2)
	b.Diagnostic(ProtocolError)
	b.Text(PIDiagnosticText, strings.Repeat("x", 1000))
	out, err := b.Done()
	if err != nil || len(out) != HeaderSize+5+2+254 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestUnitsShareAnEntityOnlyWhereTheyMay(t *testing.T) {
	for _, row := range []struct {
		link        Link
		first, next Type
		entities    int
	}{{Link{}, DTF, Syn, 1}, {Link{CRC: true}, DTF, Syn, 2}, {Link{}, DTF, Write, 2}, {Link{}, Write, DTF, 2}} {
		b := NewBuilder(nil, row.link)
		for i, ft := range []Type{row.first, row.next} {
			if i == 0 {
				b.Begin(ft, 1, 0)
			} else {
				b.Join(ft, 1)
			}
			if ft.IsData() {
				b.Data([]byte("x"))
			}
			if ft == Syn {
				b.Num(PISyncPoint, 1)
			}
		}
		out, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		s, entities := Splitter{Link: row.link}, 0
		for len(out) > 0 {
			f, used, err := s.Next(out)
			if err != nil {
				t.Fatal(err)
			}
			if f.Last {
				entities++
			}
			out = out[used:]
		}
		if entities != row.entities {
			t.Errorf("%v then %v, CRC %v: %d entities", row.first, row.next, row.link.CRC, entities)
		}
	}
}

func TestRoomSaysWhatStillFitsTheEntity(t *testing.T) {
	for _, l := range []Link{{Max: 100}, {Max: 100, CRC: true}, {Max: 100, Framing: Raw}} {
		b := NewBuilder([]byte("abc"), l)
		free := b.Room()
		b.Begin(DTF, 1, 0)
		b.Data(make([]byte, b.Room()))
		out, err := b.Done()
		if err != nil || len(out)-3 != l.prefix()+100 || free != 100-l.check() {
			t.Errorf("%+v: %d bytes, %v", l, len(out)-3, err)
		}
	}
}

func TestDataInPlaceGetsItsHeaderIntoTheGap(t *testing.T) {
	for _, l := range []Link{{}, {Framing: Raw}} {
		buf := append(make([]byte, l.Gap()), "Hello PeSIT!"...)
		if err := l.PutData(buf[:l.Gap()], DTF, 0x61, 12); err != nil {
			t.Fatal(err)
		}
		b := NewBuilder(nil, l)
		b.Begin(DTF, 0x61, 0)
		b.Data([]byte("Hello PeSIT!"))
		if want, err := b.Done(); err != nil || !bytes.Equal(buf, want) {
			t.Errorf("% X, want % X", buf, want)
		}
	}
	gap := make([]byte, 8)
	for name, err := range map[string]error{
		"check bytes":      Link{CRC: true}.PutData(gap, DTF, 1, 5),
		"no data":          Link{}.PutData(gap, DTF, 1, 0),
		"too much data":    Link{Max: 100}.PutData(gap, DTF, 1, 95),
		"a wrong gap":      Link{Framing: Raw}.PutData(gap, DTF, 1, 5),
		"not a data unit":  Link{}.PutData(gap, Syn, 1, 5),
		"a short gap, too": Link{}.PutData(gap[:6], DTF, 1, 5),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCopyEchoesWhatTheAnswerMayHave(t *testing.T) {
	p := decoded(t, Select, "090B 0B0100 0C06 46494C452020 0D0105 0E01E0 110100 19021000")
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(AckSelect, 1, 0)
	b.Diagnostic(FileUnknown)
	b.Copy(p, PIFileType, PIFileName, PITransfer, PIMaxEntity)
	out, err := b.Done()
	if want := raw(t, "001D C031 0100 020302 00CD 0909 0B0100 0C0446494C45 0D0105 19021000"); err != nil || !bytes.Equal(out, want) {
		t.Errorf("% X, want % X, %v", out, want, err)
	}
}
