package wasm_test

import (
	"bytes"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestOneBlockIsFilledAndReadWhileTheModuleWorksOnTheOther(t *testing.T) {
	for name, body := range map[string][]byte{
		"memory stays": xorBlock(0x55),
		"memory moves": code(i32c(1), 0x40, 0, drop, xorBlock(0x55)), // it grows with every block
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := open(t, settings(filtering(body).build()))
			room, spare := f.(sdk.AheadLender).Buffer(), f.(sdk.AheadLender).Spare()
			if len(room) != len(spare) || &room[0] == &spare[0] {
				t.Fatal("it lends no memory for a second block")
			}
			var out, taken []byte
			n := copy(room, "block 0")
			for i := range byte(20) {
				filled, done := spare, make(chan struct{})
				go func() {
					defer close(done)
					taken = append(taken, out...)
					copy(filled, "block "+string('1'+i))
				}()
				got, err := f.Block(room[:n], false)
				<-done
				if err != nil {
					t.Fatal(err)
				}
				out, room, spare = got.Bytes, filled, f.(sdk.AheadLender).Spare()
			}
			for i := range taken {
				taken[i] ^= 0x55
			}
			var want []byte
			for i := range byte(19) {
				want = append(want, "block "+string('0'+i)...)
			}
			if !bytes.Equal(taken, want) {
				t.Errorf("got %q, want %q", taken, want)
			}
		})
	}
}

func TestWhatIsSaidWithoutNewBytesLeavesTheLastBlockAlone(t *testing.T) {
	f, _ := open(t, settings(filtering(get(0), i32c('z'), store8, i64c(1)).build()))
	first, err := f.Block([]byte("a"), false)
	if err != nil {
		t.Fatal(err)
	}
	first.Bytes[0] = 'a' // still being written
	if last, err := f.Block(nil, true); err != nil || string(last.Bytes) != "z" || first.Bytes[0] != 'a' {
		t.Errorf("%q, %v, before it %q", last.Bytes, err, first.Bytes)
	}
}

func TestAModuleWithoutMemoryForTwoBlocksHasOne(t *testing.T) {
	for name, pages := range map[string]int{"it does not grow": 8, "it does": 32} {
		r := filtering(xorBlock(1))
		r.pages = pages
		s := settings(r.build())
		if pages > 8 {
			s.Limits.Memory = 3 << 20 // two blocks would be more than an eighth of what is free
		}
		e := load(t, s)
		for range 2 { // the second time it is not tried
			f, err := e.OpenFilter(t.Context(), question(sdk.PointFilter))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			l := f.(sdk.AheadLender)
			if len(l.Buffer()) != 256<<10 || l.Spare() != nil {
				t.Errorf("%s: it lends %d and %d bytes", name, len(l.Buffer()), len(l.Spare()))
			}
			if got, err := f.Block([]byte("abc"), true); err != nil || string(got.Bytes) != "`cb" {
				t.Errorf("%s: %q, %v", name, got.Bytes, err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
