package wire

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzStream reads any bytes as a call would: detection, pre-connection, split, parameters, articles, trace.
func FuzzStream(f *testing.F) {
	for _, m := range firstMessages(f) {
		f.Add(m.bytes)
	}
	for _, l := range allLinks() {
		stream, _ := session(f, l)
		f.Add(append(bytes.Clone(firstOf(f, l)), stream...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d, p := Detect(in)
		if p != Decided {
			return
		}
		if d.Logon {
			_, used, err := ReadLogon(in, d.Framing)
			if err != nil {
				return
			}
			in = in[used:]
			if d.CRC, p = DetectConnect(in, d.Framing); p != Decided {
				return
			}
		}
		s := Splitter{Link: Link{Framing: d.Framing, CRC: d.CRC}}
		for range 10000 {
			fpdu, used, err := s.Next(in)
			if used < 0 || used > len(in) || err == nil && used < HeaderSize {
				t.Fatalf("used %d of %d", used, len(in))
			}
			if err != nil {
				var e *Error
				if !errors.Is(err, ErrMore) && !errors.As(err, &e) {
					t.Fatalf("an error of another kind: %v", err)
				}
				return
			}
			in = in[used:]
			readAll(t, fpdu)
		}
	})
}

// firstOf is a CONNECT for a link.
func firstOf(t testing.TB, l Link) []byte {
	b := NewBuilder(nil, l)
	b.Begin(Connect, 0, 1)
	if l.CRC {
		b.Num(PICRC, 1)
	}
	b.Text(PIRequester, "PART1")
	b.Text(PIServer, "SRV")
	b.Num(PIVersion, 2)
	b.Num(PIAccessType, 2)
	out, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readAll(t *testing.T, f FPDU) {
	line := Trace(f)
	if len(line) > 64<<10 || bytes.ContainsAny([]byte(line), "\r\n") {
		t.Fatalf("trace of %d bytes: %q", len(line), line)
	}
	if !f.Type.IsData() {
		return
	}
	a, err := ReadArticles(f)
	if err != nil {
		return
	}
	total, count := 0, 0
	for p, ok := a.Next(); ok; p, ok = a.Next() {
		total += len(p.Bytes)
		count++
	}
	if total > len(f.Body()) || count > 255 {
		t.Fatalf("%d articles with %d bytes in a body of %d", count, total, len(f.Body()))
	}
}

// FuzzParams holds that decoding, encoding and decoding again changes nothing.
func FuzzParams(f *testing.F) {
	for _, v := range vectors(f) {
		if v.Kind == "fpdu" {
			f.Add(v.Bytes)
		}
	}
	for _, ft := range Types() {
		b := fullBody(f, ft.Spec())
		f.Add(append(Header{Length: 6 + len(b), Type: ft}.Append(nil), b...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < HeaderSize || len(in) > MaxEntity {
			return
		}
		fpdu := FPDU{Header: DecodeHeader(in), Bytes: in}
		var first, second, third Params
		if fpdu.Type.IsData() || first.Decode(fpdu) != nil {
			return
		}
		once, ok := recode(t, fpdu.Type, &first)
		if !ok {
			return
		}
		if err := second.Decode(FPDU{Header: DecodeHeader(once), Bytes: once}); err != nil {
			t.Fatalf("own bytes % X: %v", once, err)
		}
		twice, ok := recode(t, fpdu.Type, &second)
		if !ok || !bytes.Equal(once, twice) {
			t.Fatalf("% X became % X", once, twice)
		}
		if err := third.Decode(FPDU{Header: DecodeHeader(twice), Bytes: twice}); err != nil {
			t.Fatal(err)
		}
		sameMeaning(t, &first, &third)
	})
}

// recode writes what was decoded; false when the sender left out something that is always sent.
func recode(t *testing.T, ft Type, p *Params) ([]byte, bool) {
	b := NewBuilder(nil, Link{Framing: Raw})
	b.Begin(ft, 1, 0)
	b.Copy(p)
	out, err := b.Done()
	if err != nil {
		notes, more := p.Notes()
		for _, n := range notes {
			if n.Oddity == Missing {
				return nil, false
			}
		}
		if more == 0 {
			t.Fatalf("what was decoded without a gap cannot be encoded: %v", err)
		}
		return nil, false
	}
	return out, true
}

func sameMeaning(t *testing.T, a, b *Params) {
	for _, r := range a.Type().Spec().Rules {
		row, _ := r.PI.Param()
		if row.Kind == Group {
			continue // a group with nothing in it goes away
		}
		same := a.Has(r.PI) == b.Has(r.PI)
		switch row.Kind {
		case Number, Symbol, Mask:
			same = same && (a.Num(r.PI) == b.Num(r.PI) || r.PI == PIVersion)
		case Text:
			x := a.Bytes(r.PI)
			same = same && bytes.Equal(trimText(x[:min(len(x), row.Max)]), b.Bytes(r.PI))
		case Date:
			same = same && bytes.Equal(a.Bytes(r.PI), b.Bytes(r.PI))
		case Aggregate:
			same = same && (bytes.Equal(a.Bytes(r.PI), b.Bytes(r.PI)) || r.PI == PISync)
		}
		if !same {
			t.Fatalf("PI %d: % X became % X", r.PI, a.Bytes(r.PI), b.Bytes(r.PI))
		}
	}
}

// FuzzExpand holds that no bytes make the decompressor give more than its limit or its room.
func FuzzExpand(f *testing.F) {
	f.Add(byte(3), []byte("\x84\x01\x02\x02\x03"), []byte("\xC5\x01\x04"))
	f.Add(byte(1), []byte("\x85a\x03bcd"), []byte("\xBFx"))
	f.Fuzz(func(t *testing.T, mode byte, one, two []byte) {
		d := NewDecompressor(Mode(mode&3), 500)
		for _, wire := range [][]byte{one, two} {
			article, err := expand(d, wire, 7, 11)
			if len(article) > 500 {
				t.Fatalf("%d bytes", len(article))
			}
			if err != nil {
				return
			}
			c := NewCompressor(Both)
			if again, err := expand(NewDecompressor(Both, 500), c.Append(nil, article), 5, 3); err != nil || !bytes.Equal(again, article) {
				t.Fatalf("% X became % X, %v", article, again, err)
			}
		}
	})
}
