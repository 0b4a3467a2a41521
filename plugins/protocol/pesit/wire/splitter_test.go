package wire

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"unsafe"
)

// session is a stream of every golden FPDU for a link.
func session(t testing.TB, l Link) (stream []byte, want [][]byte) {
	for _, v := range vectors(t) {
		if v.Kind != "fpdu" {
			continue
		}
		want = append(want, v.Bytes)
		if l.Framing == Prefixed {
			n := len(v.Bytes) + l.check()
			stream = append(stream, byte(n>>8), byte(n))
		}
		stream = append(stream, v.Bytes...)
		if l.CRC {
			c := CRC(v.Bytes)
			stream = append(stream, c[:]...)
		}
	}
	return stream, want
}

func allLinks() []Link {
	return []Link{{}, {CRC: true}, {Framing: Raw}, {Framing: Raw, CRC: true}}
}

func TestAStreamIsSplitIntoItsFPDUsInEveryFramingAndChunking(t *testing.T) {
	for _, l := range allLinks() {
		stream, want := session(t, l)
		for _, chunk := range []int{1, 2, 3, 7, 64, len(stream)} {
			s := Splitter{Link: l}
			var got [][]byte
			var held []byte
			for part := range slices.Chunk(stream, chunk) {
				held = append(held, part...)
				for {
					f, used, err := s.Next(held)
					if errors.Is(err, ErrMore) {
						break
					}
					if err != nil {
						t.Fatalf("%+v, chunk %d: %v", l, chunk, err)
					}
					got = append(got, bytes.Clone(f.Bytes))
					held = held[used:]
				}
			}
			if !slices.EqualFunc(got, want, bytes.Equal) || len(held) != 0 {
				t.Errorf("%+v, chunk %d: %d FPDUs of %d, %d bytes left", l, chunk, len(got), len(want), len(held))
			}
		}
	}
}

func TestSplittingDoesNotCopy(t *testing.T) {
	stream, _ := session(t, Link{})
	s := Splitter{}
	f, _, err := s.Next(stream)
	if err != nil || unsafe.SliceData(f.Bytes) != unsafe.SliceData(stream[2:]) {
		t.Errorf("the FPDU does not lie in the input (%v)", err)
	}
	if cap(f.Bytes) != len(f.Bytes) {
		t.Error("appending to an FPDU would overwrite the next one")
	}
}

func TestAnEntityGivesItsFPDUsOneAfterTheOther(t *testing.T) {
	in := vector(t, "V9 DTF and SYN in one entity")
	s := Splitter{}
	dtf, used, err := s.Next(in[:20])
	if err != nil || dtf.Type != DTF || dtf.Last || used != 20 || !s.Inside() {
		t.Fatalf("%v last %v used %d: %v", dtf.Type, dtf.Last, used, err)
	}
	if _, _, err := s.Next(in[20:25]); !errors.Is(err, ErrMore) {
		t.Fatalf("half a header: %v", err)
	}
	syn, used, err := s.Next(in[20:])
	if err != nil || syn.Type != Syn || !syn.Last || used != 9 || s.Inside() {
		t.Fatalf("%v last %v used %d: %v", syn.Type, syn.Last, used, err)
	}
}

func TestAnyMixOfSharingUnitsIsAccepted(t *testing.T) {
	b := NewBuilder(nil, Link{})
	b.Begin(DTF, 1, 0)
	b.Data([]byte("a"))
	b.Join(DTFDA, 1)
	b.Data([]byte("b"))
	b.Join(DTFMA, 1)
	b.Data([]byte("c"))
	b.Join(DTFFA, 1)
	b.Data([]byte("d"))
	b.Join(Syn, 1)
	b.Num(PISyncPoint, 1)
	b.Join(DTFEnd, 1)
	b.Diagnostic(Success)
	in, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	s := Splitter{}
	for _, want := range []Type{DTF, DTFDA, DTFMA, DTFFA, Syn, DTFEnd} {
		f, used, err := s.Next(in)
		if err != nil || f.Type != want {
			t.Fatalf("%v, %v; want %v", f.Type, err, want)
		}
		in = in[used:]
	}
}

func TestBadSizesAndUnitsAreRefusedWithTheirDiagnostic(t *testing.T) {
	rows := []struct {
		name string
		link Link
		in   string
		want Diagnostic
	}{
		{"an entity too small for a header", Link{}, "00 05", BadParameter},
		{"an empty entity", Link{}, "00 00", BadParameter},
		{"an entity too small for header and check bytes", Link{CRC: true}, "00 07", BadParameter},
		{"an entity beyond the agreed size", Link{Max: 100}, "00 65", ProtocolError},
		{"a raw FPDU beyond the agreed size", Link{Framing: Raw, Max: 100}, "00 65 00 00 01 00", ProtocolError},
		{"a raw FPDU whose check bytes go beyond the agreed size", Link{Framing: Raw, CRC: true, Max: 100}, "00 63 00 00 01 00", ProtocolError},
		{"an FPDU length below its header", Link{}, "00 06 00 05 C0 02 61 00", BadParameter},
		{"a raw FPDU length below its header", Link{Framing: Raw}, "00 05 C0 02 61 00", BadParameter},
		{"an FPDU longer than its entity", Link{}, "00 06 00 07 C0 02 61 00", BadParameter},
		{"stray bytes behind a data unit", Link{}, "00 0C 00 07 00 00 61 00", BadParameter},
		{"an unknown type", Link{}, "00 06 00 06 C0 07 61 00", ProtocolError},
		{"a phase that does not go with its type", Link{}, "00 06 00 06 40 02 61 00", ProtocolError},
		{"an unknown raw type", Link{Framing: Raw}, "00 06 C0 FF 61 00", ProtocolError},
		{"WRITE with something behind it", Link{}, "00 0F 00 06 C0 02 61 00", ProtocolError},
		{"TRANS.END behind DTF.END", Link{}, "00 11 00 0B C0 04 61 00 02 03 00 00 00 00 06 C0 08 61 00", ProtocolError},
		{"two FPDUs under check bytes", Link{CRC: true}, "00 0E 00 07 00 00 61 00 41 00 07 00 00 61 00 41", NetworkIncident},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := Splitter{Link: r.link}
			in := raw(t, r.in)
			var err error
			for err == nil {
				var used int
				_, used, err = s.Next(in)
				in = in[used:]
			}
			var e *Error
			if !errors.As(err, &e) || e.Diagnostic != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}

func TestLengthAndCheckBytesMustAgree(t *testing.T) {
	body := raw(t, "00 07 00 00 61 00 41 00 07 00 00 61 00 41")
	c := CRC(body)
	in := append(append([]byte{0, byte(len(body) + 2)}, body...), c[:]...)
	s := Splitter{Link: Link{CRC: true}}
	var e *Error
	if _, _, err := s.Next(in); !errors.As(err, &e) || e.Diagnostic != BadParameter {
		t.Errorf("two FPDUs under good check bytes: %v", err)
	}
}

func TestADamagedFPDUCanBeSkipped(t *testing.T) {
	for _, l := range []Link{{CRC: true}, {Framing: Raw, CRC: true}} {
		b := NewBuilder(nil, l)
		b.Begin(DTF, 1, 0)
		b.Data([]byte("damaged"))
		b.Begin(Syn, 1, 0)
		b.Num(PISyncPoint, 9)
		in, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		in[l.Gap()+2] ^= 0x10
		s := Splitter{Link: l}
		_, used, err := s.Next(in)
		var e *Error
		if !errors.As(err, &e) || e.Diagnostic != NetworkIncident || used == 0 {
			t.Fatalf("%+v: used %d, %v", l, used, err)
		}
		if f, _, err := s.Next(in[used:]); err != nil || f.Type != Syn {
			t.Errorf("%+v: after it %v, %v", l, f.Type, err)
		}
	}
}

func TestTheLargestEntityPassesAndAnEmptyDTFIsTolerated(t *testing.T) {
	b := NewBuilder(nil, Link{})
	b.Begin(DTF, 1, 0)
	b.Data(make([]byte, Link{}.MaxBody()))
	in, err := b.Done()
	if err != nil || len(in) != 2+MaxEntity {
		t.Fatalf("%d bytes, %v", len(in), err)
	}
	s := Splitter{}
	if f, used, err := s.Next(in); err != nil || used != len(in) || len(f.Body()) != 65529 {
		t.Errorf("used %d, %v", used, err)
	}
	if f, _, err := s.Next(raw(t, "00 06 00 06 00 00 61 00")); err != nil || len(f.Body()) != 0 {
		t.Errorf("empty DTF: %v", err)
	}
}
