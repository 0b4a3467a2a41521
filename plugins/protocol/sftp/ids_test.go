package sftp_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/postern/postern/plugins/protocol/sftp"
	"github.com/postern/postern/plugins/protocol/sftp/wire"
	"github.com/postern/postern/sdk"
)

// TestEveryRequestGetsExactlyOneAnswer plays a client that sends anything on any handle, and a core that answers late, in
// any order, with refusals and stops among the answers.
func TestEveryRequestGetsExactlyOneAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &player{house: newHouse(nopTB{}), t: t, asked: map[uint32]bool{}}
		p.hold = true
		p.room = rapid.IntRange(1, 6).Draw(t, "room")
		for p.sends(packet(1, 3)); len(p.owed) > 0; {
			p.answer(0)
		}
		p.out = nil // VERSION
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "who") {
			case 0:
				p.coreActs()
			default:
				p.id++
				p.asked[p.id] = true
				p.sends(p.anything())
			}
			p.collect()
		}
		for p.sends(nil); len(p.owed) > 0; p.sends(nil) {
			p.answer(0)
		}
		p.collect()
		if len(p.asked) > 0 || len(p.waiting) > 0 {
			t.Fatalf("the requests %v have no answer, %d bytes wait", p.asked, len(p.waiting))
		}
	})
}

type player struct {
	*house
	t       *rapid.T
	id      uint32
	asked   map[uint32]bool
	handles []string
	waiting []byte
}

// nopTB panics where a test would fail, so that rapid finds it.
type nopTB struct{ testing.TB }

func (nopTB) Helper()                   {}
func (nopTB) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func (p *player) sends(b []byte) {
	p.waiting = bytes.Clone(p.offers(append(p.waiting, b...)))
}

// collect takes the answers, and the handles among them.
func (p *player) collect() {
	for len(p.out) > 0 {
		n := int(binary.BigEndian.Uint32(p.out)) + 4
		id := binary.BigEndian.Uint32(p.out[5:])
		if !p.asked[id] {
			p.t.Fatalf("packet %d answers %d, which is not asked", p.out[4], id)
		}
		delete(p.asked, id)
		if wire.Type(p.out[4]) == wire.Handle {
			p.handles = append(p.handles, string(p.out[13:n]))
		}
		p.out = p.out[n:]
	}
}

// coreActs answers something, refuses it, or stops a file.
func (p *player) coreActs() {
	if len(p.owed) == 0 {
		return
	}
	i := rapid.IntRange(0, len(p.owed)-1).Draw(p.t, "answer")
	e := p.owed[i]
	stoppable := e.Kind == sdk.KindWant || e.Kind == sdk.KindSync || e.Kind == sdk.KindFinish
	switch what := rapid.IntRange(0, 9).Draw(p.t, "how"); {
	case what <= 2 && stoppable:
		kept := p.owed[:0]
		for _, o := range p.owed {
			if o.Ref != e.Ref {
				kept = append(kept, o)
			}
		}
		p.owed = kept
		p.says(sdk.Message{Kind: sdk.KindStop, Ref: e.Ref, Refusal: sdk.Refuse(sdk.OperatorHalt, "")})
	case what <= 1 && e.Kind != sdk.KindSync:
		p.deny = func(*sdk.Event) *sdk.Refusal { return sdk.Refuse(sdk.ExitFailed, "") }
		p.answer(i)
		p.deny = nil
	default:
		p.answer(i)
	}
	p.sends(nil)
}

// anything is some request, with a handle that is open, was open, or never was.
func (p *player) anything() []byte {
	name := rapid.SampledFrom([]string{"IN/a", "IN/b", "/", "..", "\xff", "a\x00", "-x y\n"}).Draw(p.t, "name")
	h := "12345678"
	if n := len(p.handles); n > 0 {
		h = p.handles[rapid.IntRange(max(0, n-4), n-1).Draw(p.t, "handle")]
	}
	at, n := rapid.SampledFrom([]uint64{0, 3, 1 << 20, 1 << 63}).Draw(p.t, "at"), rapid.SampledFrom([]uint32{0, 1, 5000, 1 << 31}).Draw(p.t, "n")
	switch k := rapid.SampledFrom([]byte{3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 200, 201, 77}).Draw(p.t, "packet"); k {
	case 3:
		return packet(k, p.id, name, rapid.SampledFrom([]uint32{1, 0x1A, 0x0A, 0x2A, 0x0E}).Draw(p.t, "flags"), uint32(0))
	case 4, 8, 12:
		return packet(k, p.id, h)
	case 5:
		return packet(k, p.id, h, at, n)
	case 6:
		return packet(k, p.id, h, at, string(make([]byte, n%6000)))
	case 9:
		return packet(k, p.id, name, uint32(0))
	case 10:
		return packet(k, p.id, h, uint32(1), at%1000)
	case 18:
		return packet(k, p.id, name, "IN/b")
	case 200:
		return packet(k, p.id, rapid.SampledFrom([]string{"fsync@openssh.com", "fstatvfs@openssh.com", "limits@openssh.com", "x"}).Draw(p.t, "extension"), h)
	default:
		return packet(k, p.id, name)
	}
}

// FuzzDialogue feeds any bytes behind INIT and an OPEN: nothing panics, nothing is kept beyond bounds, and each packet has
// one answer at most.
func FuzzDialogue(f *testing.F) {
	for _, b := range [][]byte{
		join(write(2, 1, 0, 30), read(3, 1, 0, 9), fsync(4, 1), closing(5, 1)), open(2, "IN/a", 1), path(17, 2, ".."),
		packet(10, 2, handle(1), uint32(0x8000000F)), packet(18, 2, "a", "b"), packet(200, 2, "limits@openssh.com"), path(11, 2, "/"),
		{0, 4, 4, 1, 6}, packet(6, 2, handle(1), uint64(1<<63), "x"), packet(6, 2, string(make([]byte, 300))),
	} {
		f.Add(b, uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, room uint8) {
		h := newHouse(t)
		h.room = 1 + int(room%8)
		h.deny = func(e *sdk.Event) *sdk.Refusal { // the map must not grow to any offset
			if r := e.Request; r != nil && r.Size > 1<<20 {
				return sdk.Refuse(sdk.FileSize, "")
			}
			return nil
		}
		h.sparse = true
		h.offers(packet(1, 3))
		h.offers(open(1, "IN/a", 0x1A))
		h.out = nil
		rest := h.offers(b)
		if len(rest) > wire.MaxPlain+4 {
			t.Errorf("%d bytes are left unused", len(rest))
		}
		if n := len(replies(t, h.out)); n > 1+len(b)/9 {
			t.Errorf("%d packets answer %d bytes", n, len(b))
		}
	})
}

func TestALargeWriteIsToldAsItComes(t *testing.T) {
	h := newHouse(t)
	h.offers(initial)
	h.offers(open(1, "IN/a", 0x1A))
	h.out = nil
	wire, waiting := write(2, 1, 0, 256<<10), []byte(nil)
	for len(wire) > 0 {
		n := min(10_000, len(wire))
		waiting = bytes.Clone(h.offers(append(waiting, wire[:n]...)))
		if len(waiting) > 40 {
			t.Fatalf("%d bytes are held back", len(waiting))
		}
		wire = wire[n:]
	}
	if got := replies(t, h.out); len(got) != 1 || len(h.files["IN/a"]) != 256<<10 {
		t.Errorf("%d answers, %d bytes", len(got), len(h.files["IN/a"]))
	}
}

func TestNoMoreThan64HandlesAreOpenAndOneThatIsClosedMakesRoom(t *testing.T) {
	h := newHouse(t)
	h.offers(initial)
	for i := range uint32(sftp.MaxHandles) {
		h.offers(path(11, i, "/"))
	}
	h.out = nil
	h.offers(path(11, 100, "/"))
	h.offers(closing(101, 1))
	h.offers(path(11, 102, "/"))
	got := replies(t, h.out)
	if len(got) != 3 || got[0][4] != 101 || !bytes.Contains(got[0], []byte("too many open files")) || got[2][4] != 102 {
		t.Errorf("%q", got)
	}
}

func TestWhatComesBehind64OwedAnswersWaits(t *testing.T) {
	h := newHouse(t)
	h.offers(initial)
	h.hold = true
	var all []byte
	for i := range uint32(70) {
		all = append(all, path(17, i, "x")...)
	}
	rest := h.offers(all)
	if len(h.owed) != sdk.MaxPipelined || len(rest) != 6*len(path(17, 0, "x")) {
		t.Fatalf("%d are owed, %d bytes wait", len(h.owed), len(rest))
	}
	h.answer(63)
	if rest = h.offers(rest); len(h.owed) != sdk.MaxPipelined || len(rest) != 5*len(path(17, 0, "x")) {
		t.Fatalf("after an answer %d are owed, %d bytes wait", len(h.owed), len(rest))
	}
}
