package wire

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// slowCRC is the definition, modulo at every step.
func slowCRC(fpdu []byte) [2]byte {
	s1, s2 := 0, 0
	for _, b := range append(bytes.Clone(fpdu), 0, 0) {
		s1 = (s1 + int(b)) % 255
		s2 = (s2 + s1) % 255
	}
	return [2]byte{byte(((s1-s2)%255 + 255) % 255), byte(((s2-2*s1)%255 + 255) % 255)}
}

func TestCheckBytesOfKnownFPDUs(t *testing.T) {
	for in, want := range map[string][2]byte{
		"0006C0026100":       {0xEB, 0xE9},
		"0009C0036100140101": {0xF5, 0xC5},
		"001B40200001010101030550415254310403535256060102160100": {0x78, 0x73},
	} {
		if got := CRC(raw(t, in)); got != want {
			t.Errorf("%s: % X, want % X", in, got, want)
		}
	}
}

func TestCheckBytesAreThoseOfTheDefinitionAndFindEveryFlippedBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "fpdu")
		c := CRC(b)
		if c != slowCRC(b) {
			t.Fatalf("% X, want % X", c, slowCRC(b))
		}
		whole := append(b, c[:]...)
		if !CheckCRC(whole) {
			t.Fatal("own check bytes refused")
		}
		at := rapid.IntRange(0, len(whole)-1).Draw(t, "at")
		whole[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if CheckCRC(whole) {
			t.Fatal("flipped bit not found")
		}
	})
}

func TestFFAndZeroAreTheSameResidue(t *testing.T) {
	b := raw(t, "0006C0026100EBE9")
	b[5] = 0xFF
	if !CheckCRC(b) {
		t.Error("refused")
	}
}

func TestTheSumsDoNotOverflowOnTheLargestEntity(t *testing.T) {
	b := bytes.Repeat([]byte{0xFE}, 3*MaxEntity)
	if CRC(b) != slowCRC(b) {
		t.Error("sums differ")
	}
}
