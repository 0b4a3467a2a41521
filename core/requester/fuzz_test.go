package requester

import (
	"encoding/json"
	"testing"

	"github.com/postern/postern/sdk"
)

// FuzzContext reads restart contexts of anything. One that is taken says who it is, has numbers that can be true, and can
// be written and read again.
func FuzzContext(f *testing.F) {
	const id = "06h0b25dkhvgfmht1hnkqjebr0"
	for _, c := range []Context{
		{Version: contextVersion, ID: id, Direction: sdk.Send, Path: "/x", Last: Point{Number: 1, File: 10}, Ahead: []Point{{Number: 2, File: 20}}},
		{Version: contextVersion, ID: id, Direction: sdk.Receive, Folder: "/y", Whole: &Whole{Path: "z", Bytes: 5}},
	} {
		b, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeContext(b, id)
		if err != nil {
			return
		}
		for _, n := range append([]int64{0, 1, c.Last.Number}, c.Request.Number) {
			if m, ok := c.find(n); ok && (m.File < 0 || m.Point != n) {
				t.Errorf("point %d is at byte %d of %+v", n, m.File, m)
			}
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Skip() // a time beyond what JSON can say
		}
		if _, err := decodeContext(again, id); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
