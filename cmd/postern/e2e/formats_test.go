package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

func formats(t *testing.T) *server {
	t.Helper()
	return start(t, basics+quick+paris+`listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 4KiB, sync_window: 3, compression: [horizontal, vertical]}}}
flows:
  STREAM: {path: "stream/{{.File}}-{{.ID}}"}
  LINES:  {path: "lines/{{.File}}-{{.ID}}", records: lines}
  CRLF:   {path: "crlf/{{.File}}-{{.ID}}", records: lines, delimiter: "\r\n", record_length: 200}
  PREFIX: {path: "prefixed/{{.File}}-{{.ID}}", records: prefixed, record_length: 3000}
  FIXED:  {path: "fixed/{{.File}}-{{.ID}}", records: lines, fixed: true, record_length: 80}
  BLOCKS: {path: "blocks/{{.File}}-{{.ID}}", fixed: true, record_length: 64}
`)
}

func prefixed(records ...string) []byte {
	var b []byte
	for _, r := range records {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(r))), r...)
	}
	return b
}

// records sends articles, with a sync point before each one that is named, and ends the file.
func (p *partner) records(f peer.File, compression, agreed byte, articles [][]byte, points ...int) {
	p.t.Helper()
	p.must(p.Create(f))
	mode, err := p.Open(compression)
	p.ok(err)
	if mode != agreed {
		p.t.Fatalf("compression %d was answered to %d, %d is right", mode, compression, agreed)
	}
	_, err = p.Begin()
	p.ok(err)
	size := 0
	for i, a := range articles {
		if slices.Contains(points, i) {
			p.ok(p.Point())
		}
		size += len(a)
		p.ok(p.Article(a))
	}
	u := p.must(p.Finish(size, len(articles)))
	if u.Num(27) != size || u.Num(28) != len(articles) {
		p.t.Errorf("the server counts %d bytes in %d articles; %d in %d were sent", u.Num(27), u.Num(28), size, len(articles))
	}
	p.ok(p.Leave())
}

func texts(s ...string) (out [][]byte) {
	for _, x := range s {
		out = append(out, []byte(x))
	}
	return out
}

func TestRecordsAreStoredAsTheirFlowSays(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	lines := texts("alpha", "beta and more", " ", "omega")
	for i, c := range []struct{ flow, want string }{
		{"STREAM", "alphabeta and more omega"},
		{"LINES", "alpha\nbeta and more\n \nomega\n"},
		{"CRLF", "alpha\r\nbeta and more\r\n \r\nomega\r\n"},
		{"PREFIX", string(prefixed("alpha", "beta and more", " ", "omega"))},
	} {
		p.records(peer.File{Name: c.flow, Number: i + 1, Label: tag(i), Format: 0x80, Length: 80}, 0, 0, lines)
		e := byTag(s.entries())[tag(i)]
		s.arrived(e, []byte(c.want))
		if e.Records != 4 {
			t.Errorf("%s: %d records", c.flow, e.Records)
		}
	}
}

func TestArticlesInPiecesInNumbersAndTogetherAreTheSameRecords(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "LINES", Number: 1, Format: 0x80, Length: 2000, Entity: 4096})
	y := p.Y
	multi := func(articles ...string) []byte {
		var body []byte
		for _, a := range articles {
			body = append(binary.BigEndian.AppendUint16(body, uint16(len(a))), a...)
		}
		return peer.Make(peer.DTF, y, byte(len(articles)), body)
	}
	piece := func(kind uint16, text string) []byte { return peer.Make(kind, y, 0, []byte(text)) }
	syn := func(n int) []byte { return peer.Make(peer.SYN, y, 0, peer.Num(20, n)) }
	p.ok(p.Together(multi("one", "two", "three"), piece(peer.DTFDA, "fo"))) // as Connect:Express packs its entities
	p.ok(p.Together(piece(peer.DTFFA, "ur"), piece(peer.DTF, "five"), syn(1)))
	p.ok(p.Together(piece(peer.DTFDA, "s"), piece(peer.DTFMA, "i"), piece(peer.DTFMA, "x"), piece(peer.DTFFA, "!"), syn(2), multi("seven", "", "nine")))
	p.ok(p.Together(piece(peer.DTF, "ten"), peer.Make(peer.DTFEND, y, 0, peer.P(2, 0, 0, 0))))
	want := "one\ntwo\nthree\nfour\nfive\nsix!\nseven\n\nnine\nten\n"
	p.ok(p.Say(p.TransEnd(len(want)-10, 10)))
	p.must(p.Finished())
	p.ok(p.Leave())
	s.arrived(s.entry(), []byte(want))
}

func TestCompressedFilesArriveExpanded(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	var fixed, variable [][]byte
	for i := range 60 {
		fixed = append(fixed, []byte(fmt.Sprintf("%-8d%s%60d%4d", i/7, strings.Repeat("=", i%5), i%3, i)[:72]))
		variable = append(variable, []byte(strings.Repeat("ab", i%9)+strings.Repeat("-", i)+fmt.Sprint(i)))
	}
	points := []int{17, 40}
	fresh := func(i int) bool { return slices.Contains(points, i) }
	for i, c := range []struct {
		name            string
		asked, agreed   byte
		format          byte
		length          int
		articles        [][]byte
		across, upright bool
	}{
		{"horizontal", 1, 1, 0x80, 100, variable, true, false},
		{"both, of variable records", 3, 1, 0x80, 100, variable, true, false},
		{"vertical, of variable records", 2, 0, 0x80, 100, variable, false, false},
		{"vertical", 2, 2, 0, 72, fixed, false, true},
		{"both", 3, 3, 0, 72, fixed, true, true},
	} {
		sent := c.articles
		if c.agreed != 0 {
			sent = peer.Compress(c.articles, c.across, c.upright, fresh)
		}
		p.records(peer.File{Name: "STREAM", Number: i + 1, Label: tag(i), Format: c.format, Length: c.length}, c.asked, c.agreed, sent, points...)
		e := byTag(s.entries())[tag(i)]
		if err := s.whole(e, bytes.Join(c.articles, nil)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// fetch reads a whole file with a compression, and returns the articles as they were before it.
func (p *partner) fetch(f peer.File, compression, agreed byte) (*peer.Got, [][]byte, peer.Unit) {
	p.t.Helper()
	u := p.must(p.Select(f))
	mode, err := p.Open(compression)
	p.ok(err)
	if mode != agreed {
		p.t.Fatalf("%s: compression %d was answered to %d, %d is right", f.Name, mode, compression, agreed)
	}
	p.ok(p.BeginAt(0))
	got := &peer.Got{}
	p.ok(p.Receive(got, 0))
	p.must(p.End(got.Bytes, len(got.Articles)))
	p.ok(p.Leave())
	articles := got.Articles
	if mode != 0 {
		articles, err = peer.Expand(articles)
		p.ok(err)
	}
	return got, articles, u
}

func TestFilesGoOutAsTheirFlowSaysAndCompressedAsAgreed(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	r := random(t)
	var lines []string
	for i := range 150 {
		lines = append(lines, fmt.Sprintf("%04d%s%d", i/9, strings.Repeat(" ", r.IntN(50)+3), i))
	}
	text := strings.Join(lines, "\n") + "\n"
	padded := make([]string, len(lines))
	for i, l := range lines {
		padded[i] = fmt.Sprintf("%-80s", l)
	}
	blocks := strings.Repeat(strings.Repeat("B", 60)+"0123", 100)
	for i, c := range []struct {
		flow, content string
		asked, agreed byte
		want          []string // nil: the articles joined are the content
		format        int
		length        int
	}{
		{"STREAM", text, 0, 0, nil, 0x80, 4096},
		{"STREAM", text, 1, 1, nil, 0x80, 4096},
		{"STREAM", text, 3, 1, nil, 0x80, 4096},
		{"LINES", text, 0, 0, lines, 0x80, 4096},
		{"CRLF", strings.ReplaceAll(text, "\n", "\r\n"), 1, 1, lines, 0x80, 200},
		{"CRLF", strings.ReplaceAll(text, "\n", "\r\n"), 0, 0, lines, 0x80, 200},
		{"PREFIX", string(prefixed(lines...)), 0, 0, lines, 0x80, 3000},
		{"PREFIX", string(prefixed(lines...)), 1, 1, lines, 0x80, 3000},
		{"FIXED", text, 0, 0, padded, 0, 80},
		{"FIXED", text, 2, 2, padded, 0, 80},
		{"FIXED", text, 3, 3, padded, 0, 80},
		{"BLOCKS", blocks, 3, 3, nil, 0, 64},
	} {
		name := fmt.Sprintf("out%d", i)
		s.offer(c.flow, name, []byte(c.content))
		got, articles, u := p.fetch(peer.File{Name: name, Entity: 1500}, c.asked, c.agreed)
		if c.want == nil {
			if all := bytes.Join(articles, nil); string(all) != c.content {
				t.Errorf("%d %s: what came differs at %d of %d", i, c.flow, difference(all, []byte(c.content)), len(c.content))
			}
		} else if have := strs(articles); !slices.Equal(have, c.want) {
			t.Errorf("%d %s: records differ: %d came, %d are right, the first other one is %d", i, c.flow, len(have), len(c.want), firstOther(have, c.want))
		}
		if c.flow != "LINES" && c.flow != "STREAM" && u.Num(32) != c.length || u.Num(31) != c.format {
			t.Errorf("%d %s: format %02X, length %d were announced", i, c.flow, u.Num(31), u.Num(32))
		}
		if c.agreed != 0 && got.Bytes >= len(bytes.Join(articles, nil)) {
			t.Errorf("%d %s: compressed %d bytes from %d", i, c.flow, got.Bytes, len(bytes.Join(articles, nil)))
		}
		before := 0
		for _, at := range append(got.Points, got.Bytes) {
			if at-before > 4096 {
				t.Errorf("%d %s: %d bytes between two sync points", i, c.flow, at-before)
			}
			before = at
		}
		s.eventually("the entry is done", func() bool { return byName(s.entries())[name].Status == "done" })
	}
}

func strs(b [][]byte) (out []string) {
	for _, x := range b {
		out = append(out, string(x))
	}
	return out
}

func firstOther(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestWhatCannotBeExpandedStopsTheTransferAndNothingIsDelivered(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	p.must(p.Create(peer.File{Name: "STREAM", Number: 1, Format: 0x80, Length: 100}))
	_, err := p.Open(1)
	p.ok(err)
	_, err = p.Begin()
	p.ok(err)
	p.ok(p.Article([]byte{0x40, 1, 2}))
	if u, err := p.Hear(); err != nil || u.Type != peer.IDT && u.Type != peer.ABORT {
		t.Errorf("an illegal string is answered % X, %v", u.Bytes, err)
	}
	p.Close()
	s.idle()
	if e := s.entry(); e.Status == "done" || len(e.SHA256) > 0 {
		t.Errorf("entry %+v", e)
	}
	for _, f := range s.files() {
		if !isPart(f) {
			t.Errorf("file %s is there", f)
		}
	}
}

func TestARecordLongerThanAnnouncedStopsTheTransfer(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "LINES", Number: 1, Format: 0x80, Length: 10})
	p.ok(p.Article([]byte("more than ten bytes")))
	_, err := p.Expect(peer.ACKSYN)
	p.refused(err, peer.IDT, "2-220")
}

func TestTooMuchWithoutASyncPointStopsTheTransfer(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "STREAM", Number: 1, Format: 0x80, Length: 3000})
	for range 3 {
		p.ok(p.Article(make([]byte, 3000)))
	}
	_, err := p.Expect(peer.ACKSYN)
	p.refused(err, peer.IDT, "2-222")
}

func TestCountsThatDifferAreRefusedAndTheEntryIsInterrupted(t *testing.T) {
	s := formats(t)
	p := s.call(hello(4, 2))
	p.writing(peer.File{Name: "STREAM", Number: 1, Format: 0x80, Length: 3000})
	p.ok(p.Article([]byte("five bytes, or not")))
	_, err := p.Finish(5, 1)
	p.refused(err, peer.ACKTRANSEND, "3-319")
	p.ok(p.Leave())
	if e := s.entry(); e.Status == "done" {
		t.Errorf("entry %+v", e)
	}
}
