package sftp_test

import (
	"testing"

	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// bare is a dialogue with one file open that is flown through without a core.
type bare struct {
	d   sdk.Dialogue
	ev  []sdk.Event
	out []byte
}

func opened(tb testing.TB, flags uint32) *bare {
	h := newHouse(tb)
	h.files["f"] = make([]byte, 1<<20)
	h.offers(initial)
	h.offers(open(1, "f", flags))
	return &bare{h.d, make([]sdk.Event, 0, 64), make([]byte, 0, 1<<16)}
}

func (b *bare) hear(tb testing.TB, in []byte) []sdk.Event {
	used, ev, _, err := b.d.Hear(in, b.ev, b.out)
	if err != nil || used != len(in) || len(ev) == 0 {
		tb.Fatalf("used %d of %d, %d events: %v", used, len(in), len(ev), err)
	}
	return ev
}

// writes is a batch of sixteen WRITE packets of 32 KiB, as OpenSSH sends them.
func writes() (batch []byte) {
	for i := range uint32(16) {
		batch = append(batch, write(i, 1, uint64(i)<<15, 32<<10)...)
	}
	return batch
}

// answerReads answers every READ that was heard from one buffer with a gap.
func (b *bare) answerReads(tb testing.TB, ev []sdk.Event, buf []byte) {
	for i := range ev {
		m := sdk.Message{Kind: sdk.KindData, Ref: ev[i].Ref, Tag: ev[i].Tag, At: ev[i].At, Bytes: buf[:wire.DataGap+ev[i].Len]}
		if said, _, err := b.d.Say(m, b.out); err != nil || said.Used != len(m.Bytes) {
			tb.Fatalf("used %d: %v", said.Used, err)
		}
	}
}

func reads() (batch []byte) {
	for i := range uint32(16) {
		batch = append(batch, read(i, 1, uint64(i)<<15, 32<<10)...)
	}
	return batch
}

func TestWriteAndReadAllocateNothing(t *testing.T) {
	w, batch := opened(t, 0x1A), writes()
	if n := testing.AllocsPerRun(50, func() { w.hear(t, batch) }); n != 0 {
		t.Errorf("%v allocations for 16 WRITE packets", n)
	}
	r, batch, buf := opened(t, 1), reads(), make([]byte, wire.DataGap+32<<10)
	if n := testing.AllocsPerRun(50, func() { r.answerReads(t, r.hear(t, batch), buf) }); n != 0 {
		t.Errorf("%v allocations for 16 READ packets", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	w, batch := opened(b, 0x1A), writes()
	b.ReportAllocs()
	for range b.N {
		w.hear(b, batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/16, "ns/packet")
}

func BenchmarkRead(b *testing.B) {
	r, batch, buf := opened(b, 1), reads(), make([]byte, wire.DataGap+32<<10)
	b.ReportAllocs()
	for range b.N {
		r.answerReads(b, r.hear(b, batch), buf)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/16, "ns/packet")
}
