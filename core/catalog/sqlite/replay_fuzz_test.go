package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// FuzzReplay reads records of the journal whose checksum is right and whose content is anything. It ends with an error or
// with entries that can be stored, and nothing of a record that fails stays.
func FuzzReplay(f *testing.F) {
	c, err := Open(filepath.Join(f.TempDir(), "catalog.db"), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	e := catalog.Entry{ID: "06h0b25dkhvgfmht1hnkqjebr0", Direction: sdk.Receive, Partner: "PARIS", Stage: catalog.StageTransfer, Point: catalog.Point{Number: 2}}
	k := &known{stored: stored{Entry: e, seq: 3, before: []byte("{}")}, put: true, pointed: true}
	k.add(extra{kind: rowDecisions, n: 1, body: []byte("{}")}, extra{kind: rowEvent, id: "v", body: []byte("{}")}, extra{kind: rowCut})
	k.unnoted.put, k.unnoted.pointed = true, true
	b, err := appendKnown(nil, k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(append([]byte{itemNumber, 1, 'P', 8}, itemGone, 1, 'x', 2))
	f.Add([]byte{itemEntry, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, record []byte) {
		errTaken := errors.New("taken back")
		err := c.change(context.Background(), "replay", func(t *tx) error {
			if err := t.replay(record); err != nil {
				return err
			}
			return errTaken
		})
		if err == nil {
			t.Error("it was not taken back")
		}
		_ = c.look(context.Background(), func(x *tx) error {
			if len(x.w.behind) > 0 {
				t.Errorf("%d entries stay", len(x.w.behind))
			}
			return nil
		})
	})
}
