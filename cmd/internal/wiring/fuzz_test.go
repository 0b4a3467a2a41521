package wiring

import (
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

// FuzzTrace traces anything, cut anywhere: every line prints, and none holds the password.
func FuzzTrace(f *testing.F) {
	const password = "topmost-secret"
	f.Add([]byte("\x00\x20\x40\x20\x00\x01\x03\x05PARIS\x05\x0e"+password), uint8(3), true, false)
	f.Add([]byte{0, 6, 0x40, 0x21, 1, 2}, uint8(1), false, true)
	f.Fuzz(func(t *testing.T, b []byte, cut uint8, raw, crc bool) {
		framing := map[bool]string{true: "raw", false: "length"}[raw]
		var out strings.Builder
		trace := NewTrace(&out, sdk.Terms{sdk.WordsTerm("framing", framing), sdk.FlagTerm("crc", crc), sdk.FlagTerm("preconnection", cut > 200)})
		n := min(int(cut), len(b))
		trace.Bytes(true, b[:n])
		trace.Bytes(false, b[n:])
		trace.Bytes(true, b[n:])
		trace.Close()
		for _, r := range out.String() {
			if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
				t.Fatalf("the trace holds %U: %q", r, out.String())
			}
		}
	})
}
