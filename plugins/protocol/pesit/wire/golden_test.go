package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit/wire/golden"
)

func vectors(t testing.TB) []golden.Vector {
	t.Helper()
	all, err := golden.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d golden vectors", len(all))
	}
	return all
}

func linkOf(v golden.Vector) Link {
	switch v.Kind {
	case "fpdu":
		return Link{Framing: Raw}
	case "checked":
		return Link{CRC: true}
	}
	return Link{}
}

func TestEveryGoldenVectorDecodesToItsMeaning(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if v.Kind == "logon" || v.Kind == "answer" {
				decodeLogonVector(t, v)
				return
			}
			s := Splitter{Link: linkOf(v)}
			in := v.Bytes
			for _, u := range v.Units {
				f, used, err := s.Next(in)
				if err != nil {
					t.Fatalf("split: %v", err)
				}
				in = in[used:]
				compareUnit(t, f, u)
			}
			if len(in) != 0 || s.Inside() {
				t.Errorf("%d bytes left behind", len(in))
			}
		})
	}
}

func compareUnit(t *testing.T, f FPDU, u golden.Unit) {
	t.Helper()
	if f.Type.String() != u.Name || f.Dst != u.Dst || f.Sixth != u.Sixth {
		t.Fatalf("got %s %d %d, want %s %d %d", f.Type, f.Dst, f.Sixth, u.Name, u.Dst, u.Sixth)
	}
	if f.Type.IsData() {
		compareArticles(t, f, u)
		return
	}
	var p Params
	if err := p.Decode(f); err != nil {
		t.Fatalf("decode: %v", err)
	}
	var got, want []string
	for pi := PI(1); pi <= maxPI; pi++ {
		if p.Has(pi) && !pi.IsGroup() {
			got = append(got, meaning(&p, pi))
		}
	}
	for _, value := range u.Values {
		want = append(want, value.Key+" "+value.Text)
	}
	if len(got) != len(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, w := range want {
		if !strings.Contains("|"+strings.Join(got, "|")+"|", "|"+w+"|") {
			t.Errorf("got %q, want %q among it", got, w)
		}
	}
}

// meaning prints one parameter the way golden.txt does.
func meaning(p *Params, pi PI) string {
	row, _ := pi.Param()
	text := ""
	switch {
	case pi == PIDiagnostic:
		text = p.Diagnostic().String()
	case pi == PISync:
		interval, window := p.Sync()
		text = fmt.Sprintf("%d/%d", interval, window)
	case pi == PICompression:
		c := p.Compression()
		text = fmt.Sprintf("%d/%d", map[bool]int{true: 1}[c.On], c.Mode)
	case row.Kind == Date:
		text = "@" + p.Text(pi)
	case row.Kind == Text:
		text = p.Text(pi)
	default:
		text = strconv.FormatUint(p.Num(pi), 10)
	}
	return fmt.Sprintf("%d %s", pi, text)
}

func compareArticles(t *testing.T, f FPDU, u golden.Unit) {
	t.Helper()
	a, err := ReadArticles(f)
	if err != nil {
		t.Fatalf("articles: %v", err)
	}
	for _, value := range u.Values {
		piece, ok := a.Next()
		if !ok || string(piece.Bytes) != value.Text {
			t.Errorf("article %q, want %q", piece.Bytes, value.Text)
		}
		first, last := f.Type == DTF || f.Type == DTFDA, f.Type == DTF || f.Type == DTFFA
		if piece.First != first || piece.Last != last {
			t.Errorf("%s: first %v last %v", f.Type, piece.First, piece.Last)
		}
	}
	if _, ok := a.Next(); ok {
		t.Error("more articles than expected")
	}
}

func decodeLogonVector(t *testing.T, v golden.Vector) {
	t.Helper()
	u := v.Units[0]
	for n := range v.Bytes {
		_, _, err := ReadLogon(v.Bytes[:n], Prefixed)
		_, _, err2 := ReadLogonAnswer(v.Bytes[:n], Prefixed)
		if v.Kind == "logon" && !errors.Is(err, ErrMore) || v.Kind == "answer" && !errors.Is(err2, ErrMore) {
			t.Fatalf("with %d bytes: %v, %v", n, err, err2)
		}
	}
	if v.Kind == "answer" {
		ok, used, err := ReadLogonAnswer(v.Bytes, Prefixed)
		if err != nil || used != len(v.Bytes) || ok != (u.Name == "ACK0") {
			t.Errorf("accepted %v, used %d, %v", ok, used, err)
		}
		if got := AppendLogonAnswer(nil, Prefixed, ok); !bytes.Equal(got, v.Bytes) {
			t.Errorf("encoded % X", got)
		}
		return
	}
	want := Logon{u.Values[0].Text, u.Values[1].Text, u.Values[2].Text}
	got, used, err := ReadLogon(v.Bytes, Prefixed)
	if err != nil || used != len(v.Bytes) || got != want {
		t.Errorf("got %v, used %d, %v", got, used, err)
	}
	out, err := AppendLogon(nil, Prefixed, want)
	if err != nil || !bytes.Equal(out, v.Bytes) {
		t.Errorf("encoded % X, %v", out, err)
	}
}

func TestEveryGoldenVectorEncodesToItsBytes(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Loose || v.Kind == "logon" || v.Kind == "answer" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			b := NewBuilder([]byte("before"), linkOf(v))
			for i, u := range v.Units {
				if i == 0 {
					b.Begin(typeNamed(t, u.Name), u.Dst, u.Sixth)
				} else {
					b.Join(typeNamed(t, u.Name), u.Dst)
				}
				for _, value := range u.Values {
					build(t, &b, value)
				}
			}
			out, err := b.Done()
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.TrimPrefix(out, []byte("before")); !bytes.Equal(got, v.Bytes) {
				t.Errorf("got\n% X, want\n% X", got, v.Bytes)
			}
		})
	}
}

func typeNamed(t *testing.T, name string) Type {
	t.Helper()
	for _, ft := range Types() {
		if ft.String() == name {
			return ft
		}
	}
	t.Fatalf("no FPDU named %s", name)
	return 0
}

func build(t *testing.T, b *Builder, v golden.Value) {
	t.Helper()
	switch v.Key {
	case "data":
		b.Data([]byte(v.Text))
		return
	case "article":
		b.Article([]byte(v.Text))
		return
	}
	code, err := strconv.Atoi(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	pi := PI(code)
	var x, y int
	switch {
	case pi == PIDiagnostic:
		d, err := ParseDiagnostic(v.Text)
		if err != nil {
			t.Fatal(err)
		}
		b.Diagnostic(d)
	case pi == PISync || pi == PICompression:
		if _, err := fmt.Sscanf(v.Text, "%d/%d", &x, &y); err != nil {
			t.Fatal(err)
		}
		if pi == PISync {
			b.Sync(uint16(x), byte(y))
		} else {
			b.Compression(Compression{On: x == 1, Mode: Mode(y)})
		}
	case pi == PIAccess:
		b.Access(v.Text, "")
	case v.Text[0] == '@':
		b.date(pi, []byte(v.Text[1:]))
	case v.Quoted:
		b.Text(pi, v.Text)
	default:
		if _, err := fmt.Sscanf(v.Text, "%d", &x); err != nil {
			t.Fatal(err)
		}
		b.Num(pi, uint64(x))
	}
}
