package line_test

import (
	"bytes"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
	"github.com/postern/postern/sdk/sdktest/protocoltest"
)

func harness(framed bool) protocoltest.Harness {
	return protocoltest.Harness{
		Protocol: line.New(),
		Opening: func(sdk.Role) sdk.Opening {
			return sdk.Opening{Settings: sdk.Terms{sdk.FlagTerm("framed", framed)}}
		},
		Terms: func(w protocoltest.Wish) sdk.Terms {
			return sdk.Terms{
				sdk.NumberTerm("interval", w.Interval), sdk.NumberTerm("window", w.Window), sdk.FlagTerm("resync", w.Resync),
				sdk.NumberTerm("record", 4096), sdk.NumberTerm("block", 20), sdk.WordsTerm("checksum", "crc32"),
			}
		},
		Interval: 64,
		Record:   23,
		Damage:   damage,
		Garbage:  [][]byte{[]byte("GET / HTTP/1.1\r\n"), bytes.Repeat([]byte{0xff}, 5000), []byte("DATA 1\n"), []byte("=\n"), []byte("HELLO \"\\xff\" s\n")},
	}
}

// damage alters the last byte of a payload.
func damage(wire []byte) bool {
	if !bytes.Contains(wire, []byte("DATA")) {
		return false
	}
	wire[len(wire)-1] ^= 1
	return true
}

func TestTheLineProtocolKeepsTheContract(t *testing.T) {
	t.Run("copying", func(t *testing.T) { protocoltest.Run(t, harness(false)) })
	t.Run("framed", func(t *testing.T) { protocoltest.Run(t, harness(true)) })
}

func FuzzDialogue(f *testing.F) { protocoltest.Fuzz(f, harness(false)) }
