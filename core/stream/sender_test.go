package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/sdk"
	"pgregory.net/rapid"
)

func send(t testing.TB, r sdk.Reader, change func(*SenderOptions)) *Sender {
	t.Helper()
	o := SenderOptions{Reader: r, Digest: true, Pool: NewPool(24)}
	if change != nil {
		change(&o)
	}
	s, err := NewSender(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if n := o.Pool.InUse(); n != 0 {
			t.Errorf("%d buffers were not released", n)
		}
	})
	return s
}

// peer collects what was said: payload alone, and where records end.
type peer struct {
	gap, max int
	payload  []byte
	ends     []int // offsets in payload
}

// hear takes a message apart as sdk.Framer lays it out; it fails when a gap is missing.
func (p *peer) hear(b []byte, end bool) error {
	if p.max == 0 {
		p.payload = append(p.payload, b...)
	}
	for p.max > 0 && len(b) > 0 {
		if len(b) < p.gap {
			return fmt.Errorf("%d bytes are left for a gap of %d", len(b), p.gap)
		}
		clear(b[:p.gap]) // the dialogue writes its headers there
		n := min(len(b)-p.gap, p.max)
		p.payload = append(p.payload, b[p.gap:p.gap+n]...)
		b = b[p.gap+n:]
	}
	if end {
		p.ends = append(p.ends, len(p.payload))
	}
	return nil
}

func (p *peer) records() []string {
	out, from := []string{}, 0
	for _, at := range p.ends {
		out = append(out, string(p.payload[from:at]))
		from = at
	}
	if from < len(p.payload) {
		out = append(out, string(p.payload[from:])+"…")
	}
	return out
}

// all says everything that is left.
func (p *peer) all(s *Sender) error {
	for {
		c := nextChunk(s)
		if c.Err != nil {
			defer c.Release()
			return c.Err
		}
		for b, end, ok := c.Next(); ok; b, end, ok = c.Next() {
			if err := p.hear(b, end); err != nil {
				return err
			}
			if err := s.Taken(c, len(b)); err != nil {
				return err
			}
		}
		last := c.Last
		c.Release()
		if last {
			return nil
		}
	}
}

func TestRecordsAreCutFromTheFormOfTheFlow(t *testing.T) {
	big := strings.Repeat("0123456789", 150_000) // more than a buffer
	rows := []struct {
		name   string
		file   string
		change func(*SenderOptions)
		want   []string
		code   sdk.Code
	}{
		{"a stream is not cut", "ab\ncd", nil, []string{"ab\ncd…"}, ""},
		{"an empty stream", "", nil, []string{}, ""},
		{"lines", "ab\r\n\r\ncd\r\n", lines(0, false), []string{"ab", "", "cd"}, ""},
		{"lines without a last delimiter", "ab\r\ncd", lines(0, false), []string{"ab", "cd"}, ""},
		{"half a delimiter is data", "a\rb\nc\r", lines(0, false), []string{"a\rb\nc\r"}, ""},
		{"no lines", "", lines(0, false), []string{}, ""},
		{"long lines", big + "\r\n" + big, lines(0, false), []string{big, big}, ""},
		{"lines at the limit", "abc\r\nd\r\n", lines(3, false), []string{"abc", "d"}, ""},
		{"a line beyond the limit", "abcd\r\n", lines(3, false), nil, sdk.DataRecord},
		{"a last line beyond the limit", "a\r\nabcd", lines(3, false), nil, sdk.DataRecord},
		{"fixed lines get blanks", "abc\r\nd\r\n\r\n", lines(3, true), []string{"abc", "d  ", "   "}, ""},
		{"a fixed line beyond the limit", "abcd", lines(3, true), nil, sdk.DataRecord},
		{"a fixed stream gets zeros", "abcdefgh", fixed(3), []string{"abc", "def", "gh\x00"}, ""},
		{"a fixed stream that fits", "abcdef", fixed(3), []string{"abc", "def"}, ""},
		{"prefixed", "\x00\x00\x00\x02ab\x00\x00\x00\x00\x00\x00\x00\x01c", prefixed(0, false), []string{"ab", "", "c"}, ""},
		{"prefixed and fixed", "\x00\x00\x00\x02ab\x00\x00\x00\x03abc", prefixed(3, true), []string{"ab\x00", "abc"}, ""},
		{"long prefixed", "\x00\x16\xe3\x60" + big + "\x00\x00\x00\x01c", prefixed(0, false), []string{big, "c"}, ""},
		{"prefixed beyond the limit", "\x00\x00\x00\x04abcd", prefixed(3, false), nil, sdk.DataRecord},
		{"prefixed beyond any limit", "\x01\x00\x00\x01abcd", prefixed(0, false), nil, sdk.DataRecord},
		{"prefixed and torn", "\x00\x00\x00\x04abc", prefixed(0, false), nil, sdk.DataRecord},
		{"a torn prefix", "\x00\x00\x00", prefixed(0, false), nil, sdk.DataRecord},
	}
	for _, row := range rows {
		for _, frame := range [][2]int{{0, 0}, {6, 1000}, {6, 2}, {0, 100}} {
			for _, filters := range [][]sdk.Filter{nil, {xor(3), xor(3)}} {
				t.Run(fmt.Sprint(row.name, frame, len(filters)), func(t *testing.T) {
					s := send(t, newSource([]byte(row.file)), func(o *SenderOptions) {
						if row.change != nil {
							row.change(o)
						}
						o.Gap, o.Max, o.Filters = frame[0], frame[1], line(filters...)
					})
					p := peer{gap: frame[0], max: frame[1]}
					if err := p.all(s); row.want == nil || err != nil {
						if sdk.CodeOf(err) != row.code || row.code == "" {
							t.Fatalf("got %v, want %q", err, row.code)
						}
						return
					}
					if got := p.records(); !slices.Equal(got, row.want) {
						t.Errorf("got %.60q, want %.60q", got, row.want)
					}
					tot := s.Totals()
					if tot.SHA256 != hexOf([]byte(row.file)) || tot.File != int64(len(row.file)) ||
						tot.Records != int64(len(p.ends)) || tot.Wire != int64(len(p.payload)) {
						t.Errorf("totals are %+v", tot)
					}
				})
			}
		}
	}
}

func TestADelimiterMayLieAcrossTwoReads(t *testing.T) {
	for d := -3; d <= 3; d++ {
		long := strings.Repeat("x", goodRead+d)
		s := send(t, newSource([]byte(long+"\r\n"+long+"\r\nend")), lines(0, false))
		var p peer
		if err := p.all(s); err != nil {
			t.Fatal(err)
		}
		if got := p.records(); !slices.Equal(got, []string{long, long, "end"}) {
			t.Errorf("lines of %d bytes: %d records", len(long), len(got))
		}
	}
}

func TestChunksMayBeReleasedLater(t *testing.T) {
	file := pattern(2 * goodRead)
	s := send(t, newSource(file), nil)
	first, second := <-s.Chunks(), <-s.Chunks()
	for _, c := range []*Chunk{first, second} {
		b, _, _ := c.Next()
		if err := s.Taken(c, len(b)); err != nil {
			t.Fatal(err)
		}
	}
	second.Release()
	first.Release()
	if got := s.Totals().SHA256; got != hexOf(file) {
		t.Error("the digest differs")
	}
}

func lines(n int, fixed bool) func(*SenderOptions) {
	return func(o *SenderOptions) {
		o.Records, o.Delimiter, o.RecordLength, o.Fixed = sdk.RecordsLines, []byte("\r\n"), n, fixed
	}
}

func prefixed(n int, fixed bool) func(*SenderOptions) {
	return func(o *SenderOptions) { o.Records, o.RecordLength, o.Fixed = sdk.RecordsPrefixed, n, fixed }
}

func fixed(n int) func(*SenderOptions) {
	return func(o *SenderOptions) { o.RecordLength, o.Fixed = n, true }
}

func TestFramesAreReadWithOneCall(t *testing.T) {
	file := pattern(3<<20 + 77)
	r := newSource(file).vectored()
	s := send(t, r, func(o *SenderOptions) { o.Gap, o.Max = 14, 32<<10 })
	p := peer{gap: 14, max: 32 << 10}
	if err := p.all(s); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.payload, file) || s.Totals().SHA256 != hexOf(file) {
		t.Error("the file differs")
	}
	if want := len(file)/(goodRead-32<<10) + 1; r.calls > want {
		t.Errorf("%d reads for %d bytes", r.calls, len(file))
	}
}

// miser reads at most a few bytes at a time.
type miser struct{ *vectoredSource }

func (m miser) ReadvAt(bufs [][]byte, off int64) (int, error) {
	b := bufs[0]
	return m.ReadAt(b[:min(len(b), 777)], off)
}

func TestAReaderMayReadLessThanAsked(t *testing.T) {
	file := pattern(100_000)
	s := send(t, miser{newSource(file).vectored()}, func(o *SenderOptions) { o.Gap, o.Max = 3, 1000 })
	p := peer{gap: 3, max: 1000}
	if err := p.all(s); err != nil || !bytes.Equal(p.payload, file) {
		t.Errorf("the file differs; %v", err)
	}
}

func TestAFileThatBecomesShorterIsAFailure(t *testing.T) {
	for name, change := range map[string]func(*SenderOptions){
		"stream": nil, "framed": func(o *SenderOptions) { o.Gap, o.Max = 6, 100 }, "lines": lines(0, false),
		"filtered": func(o *SenderOptions) { o.Filters = line(xor(1)) },
	} {
		src := newSource(pattern(1000))
		src.size = 1001
		for _, r := range []sdk.Reader{src, src.vectored()} {
			var p peer
			if err := p.all(send(t, r, change)); sdk.CodeOf(err) != sdk.DataIO || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	if _, err := NewSender(SenderOptions{Reader: newSource(nil), Pool: NewPool(1), From: Mark{Position: Position{File: 1}}}); sdk.CodeOf(err) != sdk.DataIO {
		t.Errorf("a restart beyond the end gives %v", err)
	}
}

func TestWrongSenderOptionsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*SenderOptions){
		"no reader":         func(o *SenderOptions) { o.Reader = nil },
		"a gap without max": func(o *SenderOptions) { o.Gap = 1 },
		"frames too large":  func(o *SenderOptions) { o.Max, o.Gap = BufferSize, 1 },
		"fixed of nothing":  func(o *SenderOptions) { o.Fixed = true },
		"fixed too large":   fixed(goodRead + 1),
		"fixed and tiny":    func(o *SenderOptions) { o.Fixed, o.RecordLength, o.Max, o.Gap = true, goodRead, 1, 6 },
		"no delimiter":      func(o *SenderOptions) { o.Records = sdk.RecordsLines },
		"negative position": func(o *SenderOptions) { o.From.Wire = -1 },
		"negative length":   func(o *SenderOptions) { o.RecordLength = -1 },
		"damaged digest":    func(o *SenderOptions) { o.From.File, o.From.Digest = 1, []byte{1} },
	} {
		o := SenderOptions{Reader: newSource([]byte("ab")), Pool: NewPool(1), Digest: true}
		change(&o)
		if s, err := NewSender(o); err == nil {
			s.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestChunksAreReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := send(t, newSource(pattern(8*goodRead)), nil)
		synctest.Wait()
		if n := len(s.Chunks()); n != readAhead {
			t.Fatalf("%d chunks wait for the loop", n)
		}
		if n := s.o.Pool.InUse(); n != readAhead+1 {
			t.Errorf("%d buffers are in use", n)
		}
		var p peer
		if err := p.all(s); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatIsInMemoryIsReadByTheLoopAndTheRestAhead(t *testing.T) {
	file := pattern(8 * goodRead)
	s := send(t, newSource(file).ready(2*goodRead), func(o *SenderOptions) { o.Digest = false })
	now := 0
	var p peer
	for p.payload = nil; len(p.payload) < len(file); {
		c := s.Now()
		if now++; c == nil {
			now--
			c = <-s.Chunks()
		}
		b, _, _ := c.Next()
		if err := errors.Join(c.Err, p.hear(b, false), s.Taken(c, len(b))); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	if want := 2 * goodRead / readyRead; now != want || !bytes.Equal(p.payload, file) {
		t.Errorf("%d chunks were read by the loop, want %d; or the file differs", now, want)
	}
}

func TestTheDialogueMayNotBreakAFrame(t *testing.T) {
	s := send(t, newSource(pattern(1000)), func(o *SenderOptions) { o.Gap, o.Max = 6, 100 })
	c := <-s.Chunks()
	defer c.Release()
	b, _, _ := c.Next()
	for _, used := range []int{-1, 1, 50, 107, len(b) + 1} {
		if s.Taken(c, used) == nil {
			t.Errorf("%d bytes were taken", used)
		}
	}
	if err := s.Taken(c, 212); err != nil || s.Position().Wire != 200 || s.Position().File != 200 {
		t.Errorf("two frames: %v, %+v", err, s.Position())
	}
	if b, _, _ := c.Next(); len(b) != 8*106 {
		t.Errorf("%d bytes are left", len(b))
	}
}

func TestAPointInsideARecordCannotBeSaid(t *testing.T) {
	s := send(t, newSource([]byte("abcd\r\nef")), lines(0, false))
	c := <-s.Chunks()
	defer c.Release()
	_ = s.Taken(c, 2)
	if got := sdk.CodeOf(s.Mark(1, nil)); got != sdk.ProtocolViolation {
		t.Errorf("got %q", got)
	}
	_ = s.Taken(c, 2)
	if err := s.Mark(1, nil); err != nil || s.Position().File != 6 || s.Position().Records != 1 {
		t.Errorf("%v, %+v", err, s.Position())
	}
}

func TestAcknowledgedPointsComeOnceAndInOrder(t *testing.T) {
	s := send(t, newSource(pattern(100)), nil)
	c := <-s.Chunks()
	for i := range int64(5) {
		_ = s.Taken(c, 10)
		if err := s.Mark(i+1, []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	c.Release()
	if m, ok := s.Acked(3); !ok || m.Point != 3 || m.File != 30 || m.State[0] != 2 {
		t.Errorf("%+v %v", m, ok)
	}
	for _, n := range []int64{3, 2, 0} {
		if m, ok := s.Acked(n); ok {
			t.Errorf("acknowledged again: %+v", m)
		}
	}
	if m, ok := s.Acked(99); !ok || m.Point != 5 {
		t.Errorf("%+v %v", m, ok)
	}
	for _, n := range []int64{0, 1, 5} {
		if m, ok := s.At(n); !ok || m.Point != n {
			t.Errorf("point %d: %+v %v", n, m, ok)
		}
	}
	if _, ok := s.At(6); ok {
		t.Error("a point that was not said is known")
	}
}

// TestARestartFromAnyMarkSendsTheSame plays a dialogue that takes what it likes, marks where it may, goes back, and in
// the end restarts from every mark.
func TestARestartFromAnyMarkSendsTheSame(t *testing.T) {
	pool := NewPool(4)
	rapid.Check(t, func(t *rapid.T) {
		o := SenderOptions{Digest: rapid.Bool().Draw(t, "digest"), Pool: pool}
		file := drawFile(t, &o)
		if rapid.Bool().Draw(t, "framed") {
			o.Gap, o.Max = 6, rapid.SampledFrom([]int{10, 1000, 32 << 10}).Draw(t, "max")
		}
		filters := func(Mark) Filters { return nil }
		if rapid.Bool().Draw(t, "filtered") {
			filters = func(m Mark) Filters { return lineFrom(m.Filter, &summed{}, &apart{}, tail("")) }
		}
		o.Reader = rapid.SampledFrom([]sdk.Reader{newSource(file).plain(), newSource(file).vectored(), newSource(file).ready(int64(len(file))),
			newSource(file).ready(readyRead)}).Draw(t, "reader")
		whole := peer{gap: o.Gap, max: o.Max}
		o.Filters = filters(Mark{})
		s, err := NewSender(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.all(s); err != nil {
			t.Fatal(err)
		}
		want := s.Totals()
		s.Close()
		if o.Digest && want.SHA256 != hexOf(file) || !o.Digest && want.SHA256 != "" {
			t.Fatal("the digest differs")
		}

		o.Filters = filters(Mark{})
		s, err = NewSender(o)
		if err != nil {
			t.Fatal(err)
		}
		marks := wander(t, s, &whole)
		s.Close()
		for _, m := range marks {
			o.Filters, o.From = filters(m), m
			s, err := NewSender(o)
			if err != nil {
				t.Fatal(err)
			}
			p := peer{gap: o.Gap, max: o.Max}
			if err := p.all(s); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.payload, whole.payload[m.Wire:]) {
				t.Fatalf("from %+v: %d bytes, want %d", m.Position, len(p.payload), len(whole.payload)-int(m.Wire))
			}
			if got := s.Totals(); got != want {
				t.Fatalf("from %+v: totals %+v, want %+v", m.Position, got, want)
			}
			s.Close()
		}
	})
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d buffers were not released", n)
	}
}

// wander says parts of the file, marks and rewinds, checks each byte said, and returns the marks.
func wander(t *rapid.T, s *Sender, whole *peer) []Mark {
	var marks []Mark
	point := int64(0)
	for steps := rapid.IntRange(0, 60).Draw(t, "steps"); steps > 0; {
		c := nextChunk(s)
		for b, _, ok := c.Next(); ok && steps > 0 && c.run == s.run; b, _, ok = c.Next() {
			steps--
			at := s.Position().Wire
			used := len(b)
			if rapid.Bool().Draw(t, "part") {
				unit := max(c.gap+c.max, 1)
				used = rapid.IntRange(0, len(b)/unit).Draw(t, "units") * unit
			}
			p := peer{gap: whole.gap, max: whole.max}
			if err := p.hear(slices.Clone(b[:used]), false); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.payload, whole.payload[at:at+int64(len(p.payload))]) {
				t.Fatalf("other bytes at %d", at)
			}
			if err := s.Taken(c, used); err != nil {
				t.Fatal(err)
			}
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				if s.Mark(point+1, nil) == nil {
					point++
				}
			case 1:
				if m, ok := s.Acked(rapid.Int64Range(0, point).Draw(t, "acked")); ok {
					marks = append(marks, m)
				}
			case 2:
				m, ok := s.At(rapid.Int64Range(0, point).Draw(t, "back"))
				if ok && s.Rewind(m) == nil {
					point = m.Point
					marks = append(marks, m)
				}
			}
		}
		last := c.Last && c.run == s.run
		c.Release()
		if last {
			break
		}
	}
	return marks
}

func drawFile(t *rapid.T, o *SenderOptions) []byte {
	data := pattern(1 << 20)
	lengths := rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 1, 9, 80, 80, 1000, 1000, 5000, 5000, 600_000}), 0, 12).Draw(t, "lengths")
	var file []byte
	kind := rapid.SampledFrom([]string{"stream", "lines", "prefixed", "fixed", "fixed lines"}).Draw(t, "kind")
	for i, n := range lengths {
		rec := bytes.ReplaceAll(data[i*1000:i*1000+min(n, len(data)-i*1000)], []byte("\r"), []byte("."))
		switch kind {
		case "fixed lines":
			rec = append(rec[:min(n, 5000)], "\r\n"...)
		case "lines":
			rec = append(rec, "\r\n"...)
		case "prefixed":
			rec = append(binary.BigEndian.AppendUint32(nil, uint32(len(rec))), rec...)
		}
		file = append(file, rec...)
	}
	switch kind {
	case "lines":
		lines(0, false)(o)
	case "fixed lines":
		lines(5000, true)(o)
	case "prefixed":
		prefixed(0, false)(o)
	case "fixed":
		fixed(4096)(o)
	}
	return file
}

// hanging is a reader whose reads wait for a token.
type hanging struct {
	source
	gate chan struct{}
}

func (h hanging) ReadAt(b []byte, off int64) (int, error) {
	<-h.gate
	return h.source.ReadAt(b, off)
}

func TestARewindDoesNotReadBesideTheReadUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hanging{newSource(pattern(4 * goodRead)), make(chan struct{})}
		s := send(t, h, nil)
		synctest.Wait()
		for range 3 {
			if err := s.Rewind(Mark{}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		h.gate <- struct{}{}
		synctest.Wait()
		if n := s.o.Pool.InUse(); n != 1 || len(s.Chunks()) != 0 {
			t.Errorf("%d buffers are in use, %d chunks wait: only one read may be under way", n, len(s.Chunks()))
		}
		close(h.gate)
		var p peer
		if err := p.all(s); err != nil || len(p.payload) != 4*goodRead {
			t.Errorf("%d bytes, %v", len(p.payload), err)
		}
	})
}

func TestAFilteredSendDoesNotRewind(t *testing.T) {
	s := send(t, newSource([]byte("ab")), func(o *SenderOptions) { o.Filters = line(xor(1)) })
	if err := s.Rewind(Mark{}); !errors.Is(err, ErrFiltered) {
		t.Errorf("got %v", err)
	}
}

func TestFiltersChangeWhatIsSent(t *testing.T) {
	for name, row := range map[string]struct {
		filters          []sdk.Filter
		file, want       string
		file256, wire256 string
	}{
		"longer, and a tail": {[]sdk.Filter{&double{}, tail("!")}, "ab", "aabb!", hexOf([]byte("ab")), hexOf([]byte("aabb!"))},
		"ended early":        {[]sdk.Filter{until('.'), tail("!")}, "ab.c", "ab!", hexOf([]byte("ab.c")), hexOf([]byte("ab!"))},
		"of nothing":         {[]sdk.Filter{tail("!")}, "", "!", hexOf(nil), hexOf([]byte("!"))},
	} {
		s := send(t, newSource([]byte(row.file)), func(o *SenderOptions) { o.Filters = line(row.filters...) })
		var p peer
		if err := p.all(s); err != nil {
			t.Fatal(err)
		}
		got := s.Totals()
		if string(p.payload) != row.want || got.SHA256 != row.file256 || got.WireSHA256 != row.wire256 {
			t.Errorf("%s: sent %q, %+v", name, p.payload, got)
		}
	}
}

func TestAFileThatAFilterCutHasNoDigestOfItsOwn(t *testing.T) {
	file := append([]byte("ab."), pattern(1<<18)...)
	s := send(t, newSource(file), func(o *SenderOptions) { o.Filters = line(until('.')) })
	var p peer
	if err := p.all(s); err != nil {
		t.Fatal(err)
	}
	if got := s.Totals(); string(p.payload) != "ab" || got.SHA256 != "" || got.WireSHA256 != hexOf([]byte("ab")) {
		t.Errorf("sent %q, %+v", p.payload, got)
	}
}

func TestASenderMayBeClosedAtAnyMoment(t *testing.T) {
	for _, after := range []int{0, 1, 3} {
		s := send(t, newSource(pattern(8*goodRead)), nil)
		for range after {
			c := <-s.Chunks()
			b, _, _ := c.Next()
			_ = s.Taken(c, len(b))
			defer c.Release()
		}
		s.Close()
		s.Close()
	}
}
