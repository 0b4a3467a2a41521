package wire

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// expand runs the decompressor over chunks of the wire with an output of a given room, and ends the article.
func expand(d *Decompressor, wire []byte, chunk, room int) (article []byte, err error) {
	out := make([]byte, 0, room)
	for len(wire) > 0 || d.Pending() {
		part := wire[:min(chunk, len(wire))]
		got, used, err := d.Expand(out, part)
		if err != nil {
			return article, err
		}
		article = append(article, got...)
		wire = wire[used:]
	}
	return article, d.End()
}

func TestWorkedExamplesOfCompressionBothWays(t *testing.T) {
	sevens := bytes.Repeat([]byte{7}, 130)
	literals := append([]byte{63}, sevens[:63]...)
	literals = append(append(append(literals, 63), sevens[:63]...), 4, 7, 7, 7, 7)
	rows := []struct {
		name           string
		mode           Mode
		articles, wire []string
	}{
		{"horizontal", Horizontal, []string{"01 02 02 02 02 02 02 03"}, []string{"01 01 86 02 01 03"}},
		{"horizontal text", Horizontal, []string{hexOf([]byte("aaaaabcd"))}, []string{"85 61 03 62 63 64"}},
		{"vertical", Vertical, []string{"01 02 03 02 03 05 06 07", "05 06 03 02 03 05 08 09"},
			[]string{"08 01 02 03 02 03 05 06 07", "02 05 06 C4 02 08 09"}},
		{"both", Both, []string{"01 01 01 01 02 03", "01 01 01 01 02 04"}, []string{"84 01 02 02 03", "C5 01 04"}},
		{"literals only", Vertical, []string{hexOf(sevens)}, []string{hexOf(literals)}},
		{"an empty article", Both, []string{"", "01"}, []string{"", "01 01"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c, d := NewCompressor(r.mode), NewDecompressor(r.mode, 200)
			for i := range r.articles {
				article, wire := raw(t, r.articles[i]), raw(t, r.wire[i])
				if got := c.Append(nil, article); !bytes.Equal(got, wire) {
					t.Errorf("compressed % X, want % X", got, wire)
				}
				if got, err := expand(d, wire, 1, 1); err != nil || !bytes.Equal(got, article) {
					t.Errorf("expanded % X, %v", got, err)
				}
			}
		})
	}
}

func TestCompressedArticlesExpandToThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom([]Mode{Horizontal, Vertical, Both}).Draw(t, "mode")
		size := rapid.IntRange(0, 400).Draw(t, "size")
		symbol := rapid.ByteRange(0, rapid.SampledFrom([]byte{1, 3, 255}).Draw(t, "variety"))
		c, d := NewCompressor(mode), NewDecompressor(mode, max(size, 1))
		for range rapid.IntRange(1, 5).Draw(t, "articles") {
			if rapid.IntRange(0, 3).Draw(t, "sync point") == 0 {
				c.Reset() // the expanding side is not told, and need not be
			}
			article := rapid.SliceOfN(symbol, size, size).Draw(t, "article")
			fresh := len(c.Reference()) == 0
			wire := c.Append([]byte("kept"), article)[4:]
			if len(wire) > CompressedMax(len(article)) {
				t.Fatalf("%d bytes became %d, at most %d", len(article), len(wire), CompressedMax(len(article)))
			}
			chunk, room := rapid.IntRange(1, 100).Draw(t, "chunk"), rapid.IntRange(1, 100).Draw(t, "room")
			got, err := expand(d, wire, chunk, room)
			if err != nil || !bytes.Equal(got, article) {
				t.Fatalf("% X came back as % X, %v", article, got, err)
			}
			if fresh {
				// Restarting here must be possible without any reference.
				again, err := expand(NewDecompressor(mode, max(size, 1)), wire, chunk, room)
				if err != nil || !bytes.Equal(again, article) {
					t.Fatalf("a fresh start: % X, %v", again, err)
				}
			}
		}
	})
}

func TestAReferenceMovesToAnotherDecompressor(t *testing.T) {
	c, d := NewCompressor(Vertical), NewDecompressor(Vertical, 8)
	first, second := []byte("ABCDEFGH"), []byte("ABCDEFXX")
	if _, err := expand(d, c.Append(nil, first), 9, 9); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Reference(), first) || !bytes.Equal(c.Reference(), first) {
		t.Fatalf("reference %q, %q", d.Reference(), c.Reference())
	}
	other := NewCompressor(Vertical)
	other.SetReference(c.Reference())
	wire := other.Append(nil, second)
	later := NewDecompressor(Vertical, 8)
	later.SetReference(d.Reference())
	if got, err := expand(later, wire, 9, 9); err != nil || !bytes.Equal(got, second) || len(wire) != 4 {
		t.Errorf("%q from % X, %v", got, wire, err)
	}
	d.Reset()
	if len(d.Reference()) != 0 {
		t.Error("a reset keeps the reference")
	}
	if len(NewDecompressor(Horizontal, 0).Reference()) != 0 {
		t.Error("horizontal has a reference")
	}
}

func TestImpossibleStringsAreRefused(t *testing.T) {
	rows := []struct {
		name string
		mode Mode
		prev string
		wire string
		want Diagnostic
	}{
		{"a literal of 0", Both, "", "00", SystemError},
		{"a run of 0", Both, "", "80 41", SystemError},
		{"a vertical string of 0", Both, "", "C0", SystemError},
		{"the kind that does not exist", Both, "", "41", SystemError},
		{"a run in vertical compression", Vertical, "", "82 41", SystemError},
		{"a vertical string in horizontal compression", Horizontal, "", "C2", SystemError},
		{"a vertical string without a previous article", Both, "", "C1", SystemError},
		{"a vertical string beyond the previous article", Both, "ABC", "C4", SystemError},
		{"an article ending inside a literal", Both, "", "03 41 42", SystemError},
		{"an article ending before the byte of a run", Both, "", "83", SystemError},
		{"a literal beyond the limit", Both, "", "0B", ArticleTooLong},
		{"runs beyond the limit", Both, "", "89 41 82 41", ArticleTooLong},
		{"a vertical string beyond the limit", Both, "ABCDEFGHIJKL", "CB", ArticleTooLong},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			d := NewDecompressor(r.mode, 10)
			d.SetReference([]byte(r.prev))
			_, err := expand(d, raw(t, r.wire), 1, 1)
			var e *Error
			if !errors.As(err, &e) || e.Diagnostic != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}

func TestExpandingNeverOutgrowsTheRoomAndDoesNotAllocate(t *testing.T) {
	d := NewDecompressor(Both, 0)
	wire := bytes.Repeat([]byte{0xBF, 'x'}, 500) // 31500 bytes
	room := make([]byte, 0, 1000)
	article := func() {
		total, in := 0, wire
		for len(in) > 0 || d.Pending() {
			out, used, err := d.Expand(room, in)
			if err != nil || len(out) > cap(room) {
				t.Fatal(err)
			}
			total, in = total+len(out), in[used:]
		}
		if err := d.End(); err != nil || total != 500*63 {
			t.Fatalf("%d bytes, %v", total, err)
		}
	}
	article()
	if n := testing.AllocsPerRun(20, article); n > 1 {
		t.Errorf("%v allocations for an article", n)
	}
	if cap(d.cur) > 2*MaxEntity {
		t.Errorf("%d bytes kept", cap(d.cur))
	}
}

func TestAnAnswerNeverAsksForMoreCompressionThanProposed(t *testing.T) {
	off := Compression{}
	h, v, b := Compression{true, Horizontal}, Compression{true, Vertical}, Compression{true, Both}
	for _, r := range []struct {
		proposal, answer Compression
		ok               bool
	}{
		{off, off, true}, {h, off, true}, {h, h, true}, {v, v, true}, {b, h, true}, {b, v, true}, {b, b, true},
		{off, h, false}, {h, v, false}, {v, h, false}, {h, b, false}, {v, b, false},
		{b, Compression{true, 0}, false}, {b, Compression{false, Both}, false}, {b, Compression{true, 4}, false},
	} {
		if r.answer.Answers(r.proposal) != r.ok {
			t.Errorf("%v answering %v: want %v", r.answer, r.proposal, r.ok)
		}
	}
}
