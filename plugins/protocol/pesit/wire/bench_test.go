package wire

import (
	"fmt"
	"testing"
)

// dtfStream is about 1 MiB of DTFs, articles of a size packed as a good sender does.
func dtfStream(tb testing.TB, size int) (stream []byte, articles int) {
	article := make([]byte, size)
	b := NewBuilder(nil, Link{})
	for total := 0; total < 1<<20; {
		b.Begin(DTF, 1, 0)
		if size > 32000 {
			b.Data(article)
			total, articles = total+size, articles+1
			continue
		}
		for n := 0; n < 255 && b.Room() >= size+2; n++ {
			b.Article(article)
			total, articles = total+size, articles+1
		}
	}
	stream, err := b.Done()
	if err != nil {
		tb.Fatal(err)
	}
	return stream, articles
}

func walk(tb testing.TB, stream []byte) (articles int) {
	s := Splitter{}
	for len(stream) > 0 {
		f, used, err := s.Next(stream)
		if err != nil {
			tb.Fatal(err)
		}
		stream = stream[used:]
		a, err := ReadArticles(f)
		if err != nil {
			tb.Fatal(err)
		}
		for _, ok := a.Next(); ok; _, ok = a.Next() {
			articles++
		}
	}
	return articles
}

var sizes = []int{80, 4096, 65529}

func TestWalkingDTFsDoesNotAllocate(t *testing.T) {
	for _, size := range sizes {
		stream, want := dtfStream(t, size)
		if n := testing.AllocsPerRun(5, func() {
			if got := walk(t, stream); got != want {
				t.Fatalf("%d articles of %d", got, want)
			}
		}); n != 0 {
			t.Errorf("%v allocations for articles of %d bytes", n, size)
		}
	}
}

func TestWritingDataAndSyncPointsDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 70000)
	article := make([]byte, 80)
	if n := testing.AllocsPerRun(100, func() {
		b := NewBuilder(buf, Link{})
		b.Begin(DTF, 1, 0)
		b.Article(article)
		b.Article(article)
		b.Join(DTFDA, 1)
		b.Data(article)
		b.Begin(DTFFA, 1, 0)
		b.Data(article)
		b.Join(Syn, 1)
		b.Num(PISyncPoint, 70000)
		b.Begin(AckSyn, 1, 0)
		b.Num(PISyncPoint, 70000)
		if _, err := b.Done(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDecodingParametersDoesNotAllocate(t *testing.T) {
	create := vector(t, "V5 CREATE")
	var p Params
	if n := testing.AllocsPerRun(100, func() {
		if err := p.Decode(FPDU{Header: DecodeHeader(create), Bytes: create}); err != nil {
			t.Fatal(err)
		}
		if p.Num(PITransfer) != 36812 || !p.Has(PIFileName) {
			t.Fatal("wrong value")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkWalkDTF(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("article=%d", size), func(b *testing.B) {
			stream, _ := dtfStream(b, size)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				walk(b, stream)
			}
		})
	}
}

func BenchmarkDecodeCreate(b *testing.B) {
	create := vector(b, "V5 CREATE")
	var p Params
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Decode(FPDU{Header: DecodeHeader(create), Bytes: create}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCRC(b *testing.B) {
	entity := make([]byte, MaxEntity)
	b.SetBytes(MaxEntity)
	b.ReportAllocs()
	for b.Loop() {
		CRC(entity)
	}
}

func BenchmarkExpand(b *testing.B) {
	article := make([]byte, 4096)
	for i := range article {
		article[i] = byte(i / 20 * 7)
	}
	wire := NewCompressor(Both).Append(nil, article)
	d := NewDecompressor(Both, 4096)
	out := make([]byte, 0, 4096)
	b.SetBytes(4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Expand(out, wire); err != nil {
			b.Fatal(err)
		}
		if err := d.End(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	article := make([]byte, 4096)
	for i := range article {
		article[i] = byte(i / 20 * 7)
	}
	c := NewCompressor(Horizontal)
	out := make([]byte, 0, CompressedMax(4096))
	b.SetBytes(4096)
	b.ReportAllocs()
	for b.Loop() {
		c.Append(out, article)
	}
}
