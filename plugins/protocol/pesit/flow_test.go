package pesit_test

import (
	"bytes"
	"testing"

	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/plugins/protocol/pesit/wire"
	"github.com/postern/postern/sdk"
)

// way walks a conversation of the called side: units by their name, messages with a plus (see words).
func way(t testing.TB, terms sdk.Terms, steps ...string) *conversation {
	t.Helper()
	c := converse(t, false, terms)
	for _, s := range steps {
		if m, ok := words()[s]; ok {
			c.say(m)
			continue
		}
		c.hear(c.unit(named(t, s)))
		if len(c.ev) > 0 && c.ev[0].Kind == sdk.KindFault {
			t.Fatalf("%s gives %v", s, c.ev[0].Refusal)
		}
	}
	return c
}

// dtf is an entity with one DTF of several articles.
func dtf(articles ...[]byte) []byte {
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.DTF, serverID, 0)
	for _, a := range articles {
		b.Article(a)
	}
	return must(b.Done())
}

// compressing opens a file for writing with horizontal compression, without sync points.
func compressing(t testing.TB) *conversation {
	t.Helper()
	none := sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}
	c := way(t, none, "CONNECT", "+Welcome", "CREATE", "+Grant")
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.ORF, serverID, 0)
	b.Compression(wire.Compression{On: true, Mode: wire.Horizontal})
	c.hear(must(b.Done()))
	c.hear(c.unit(wire.Write))
	c.say(sdk.Message{Kind: sdk.KindStart})
	return c
}

func TestHearingDataAllocatesNothing(t *testing.T) {
	none := sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}
	for name, c := range map[string]*conversation{
		"plain":      way(t, none, "CONNECT", "+Welcome", "CREATE", "+Grant", "ORF", "WRITE", "+Start"),
		"compressed": compressing(t),
	} {
		t.Run(name, func(t *testing.T) {
			article := []byte{0xBF, 'a', 0x03, 'b', 'c', 'd'}
			in := append(dtf(article, article, article), dtf(article)...)
			ev, out := make([]sdk.Event, 0, 64), make([]byte, 0, 64)
			heard := 0
			allocs := testing.AllocsPerRun(100, func() {
				used, events, _, err := c.d.Hear(in, ev, out)
				if err != nil || used != len(in) {
					t.Fatalf("used %d of %d, %v", used, len(in), err)
				}
				heard += len(events)
			})
			if allocs != 0 || heard == 0 {
				t.Errorf("%v allocations, %d events", allocs, heard)
			}
		})
	}
}

func TestExpandedDataIsBoundedByTheEventsAndLosesNothing(t *testing.T) {
	// 500 runs of 63 bytes in one article: far more than one call may give at once.
	var article []byte
	for range 500 {
		article = append(article, 0xBF, 'x')
	}
	in := dtf(article, article)
	for _, room := range []int{1, 2, 7, 300} {
		c := compressingLong(t)
		total, ends, rest := 0, 0, in
		for calls := 0; ; calls++ {
			used, ev, _, err := c.d.Hear(rest, make([]sdk.Event, 0, room), nil)
			if err != nil || calls > 10000 {
				t.Fatalf("room %d: %v after %d calls", room, err, calls)
			}
			given := 0
			for _, e := range ev {
				if e.Kind != sdk.KindData {
					t.Fatalf("room %d: %s %v", room, e.Kind, e.Refusal)
				}
				given += len(e.Bytes)
				if e.RecordEnd {
					ends++
				}
				if len(bytes.Trim(e.Bytes, "x")) > 0 {
					t.Fatalf("room %d: other bytes than were sent", room)
				}
			}
			if given > 256<<10 {
				t.Fatalf("room %d: %d bytes at once", room, given)
			}
			total += given
			rest = rest[used:]
			if used == 0 && len(ev) == 0 {
				break
			}
		}
		if total != 2*500*63 || ends != 2 || len(rest) != 0 {
			t.Errorf("room %d: %d bytes in %d records, %d bytes left", room, total, ends, len(rest))
		}
	}
}

// compressingLong is compressing with long articles.
func compressingLong(t testing.TB) *conversation {
	t.Helper()
	c := way(t, sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}, "CONNECT", "+Welcome")
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.Create, serverID, 0)
	b.Num(wire.PIFileType, 0)
	b.Text(wire.PIFileName, "FILE")
	b.Num(wire.PITransfer, 5)
	b.Num(wire.PIPriority, 1)
	b.Num(wire.PIMaxEntity, 8192)
	b.Num(wire.PIFormat, 0x80)
	b.Num(wire.PIArticleLength, 40000)
	b.Num(wire.PIReservation, 0)
	c.hear(must(b.Done()))
	c.say(words()["+Grant"])
	o := wire.NewBuilder(nil, wire.Link{})
	o.Begin(wire.ORF, serverID, 0)
	o.Compression(wire.Compression{On: true, Mode: wire.Horizontal})
	c.hear(must(o.Done()))
	c.hear(c.unit(wire.Write))
	c.say(sdk.Message{Kind: sdk.KindStart})
	return c
}

func sendingWith(t testing.TB, terms sdk.Terms, entity uint64) *conversation {
	t.Helper()
	c := way(t, terms, "CONNECT")
	c.say(sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{}})
	b := wire.NewBuilder(nil, wire.Link{})
	b.Begin(wire.Select, serverID, 0)
	b.Num(wire.PIFileType, 0)
	b.Text(wire.PIFileName, "FILE")
	b.Num(wire.PITransfer, 0)
	b.Num(wire.PIPriority, 1)
	b.Num(wire.PIMaxEntity, entity)
	c.hear(must(b.Done()))
	c.say(words()["+Grant"])
	c.hear(c.unit(wire.ORF))
	c.hear(c.unit(wire.Read))
	c.say(words()["+Start"])
	return c
}

// layOut puts gaps before payloads of at most limit bytes.
func layOut(data []byte, gap, limit int) []byte {
	var out []byte
	for len(data) > 0 {
		n := min(limit, len(data))
		out = append(append(out, make([]byte, gap)...), data[:n]...)
		data = data[n:]
	}
	return out
}

func TestFramedDataIsTheSameAsCopiedData(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 1000)
	terms := sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 4096), sdk.NumberTerm(pesit.TermSyncWindow, 0)}
	for _, entity := range []uint64{1000, 4096, 65535} {
		copied, framed := sendingWith(t, terms, entity), sendingWith(t, terms, entity)
		gap, limit := framed.d.(sdk.Framer).Frame(1)
		if gap != 8 || limit == 0 || limit&(limit-1) != 0 || 4096%limit != 0 {
			t.Fatalf("entity %d: gap %d, payloads of %d", entity, gap, limit)
		}
		var a, b []byte
		for rest := data; len(rest) > 0; {
			said := copied.say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: rest})
			a, rest = append(a, copied.out...), rest[said.Used:]
			if said.Next == sdk.PointDue {
				copied.say(sdk.Message{Kind: sdk.KindSync})
				a = append(a, copied.out...)
			}
		}
		for rest := layOut(data, gap, limit); len(rest) > 0; {
			said := framed.say(sdk.Message{Kind: sdk.KindData, At: -1, Bytes: rest})
			if len(framed.out) != 0 {
				t.Fatal("framed data was copied")
			}
			b, rest = append(b, rest[:said.Used]...), rest[said.Used:]
			if said.Next == sdk.PointDue {
				framed.say(sdk.Message{Kind: sdk.KindSync})
				b = append(b, framed.out...)
			}
		}
		if !bytes.Equal(a, b) {
			t.Errorf("entity %d: %d bytes copied, %d framed", entity, len(a), len(b))
		}
	}
}

func TestSayingFramedDataAllocatesNothing(t *testing.T) {
	c := sendingWith(t, sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}, 65535)
	gap, limit := c.d.(sdk.Framer).Frame(1)
	bytes := layOut(make([]byte, 8*limit), gap, limit)
	out := make([]byte, 0, 64)
	allocs := testing.AllocsPerRun(100, func() {
		said, _, err := c.d.Say(sdk.Message{Kind: sdk.KindData, Ref: 1, At: -1, Bytes: bytes}, out)
		if err != nil || said.Used != len(bytes) {
			t.Fatalf("used %d, %v", said.Used, err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func benchmarkHear(b *testing.B, c *conversation, in []byte) {
	ev, out := make([]sdk.Event, 0, 300), make([]byte, 0, 64)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		for rest := in; len(rest) > 0; {
			used, _, _, err := c.d.Hear(rest, ev, out)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[used:]
		}
	}
}

func receivingPlain(b *testing.B) *conversation {
	return way(b, sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}, "CONNECT", "+Welcome", "CREATE", "+Grant", "ORF", "WRITE", "+Start")
}

func BenchmarkHearUnits(b *testing.B) {
	unit := dtf(make([]byte, 1024))
	benchmarkHear(b, receivingPlain(b), bytes.Repeat(unit, 64))
}

func BenchmarkHearRecords(b *testing.B) {
	record := make([]byte, 80)
	records := make([][]byte, 49)
	for i := range records {
		records[i] = record
	}
	benchmarkHear(b, receivingPlain(b), bytes.Repeat(dtf(records...), 16))
}

func BenchmarkHearCompressed(b *testing.B) {
	benchmarkHear(b, compressing(b), bytes.Repeat(dtf(bytes.Repeat([]byte{0xBF, 'a'}, 16)), 64))
}

func BenchmarkSayFramed(b *testing.B) {
	c := sendingWith(b, sdk.Terms{sdk.NumberTerm(pesit.TermSyncInterval, 0)}, 65535)
	gap, limit := c.d.(sdk.Framer).Frame(1)
	data := layOut(make([]byte, 8*limit), gap, limit)
	out := make([]byte, 0, 64)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.d.Say(sdk.Message{Kind: sdk.KindData, Ref: 1, At: -1, Bytes: data}, out); err != nil {
			b.Fatal(err)
		}
	}
}
