//go:build unix

package local

import (
	"testing"

	"github.com/postern/postern/sdk"
)

func TestWhatWasMadeIsKnownOnceItWasSynced(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir()})
	for d, want := range map[sdk.Durability]bool{sdk.DurabilitySync: true, sdk.DurabilityClose: true, sdk.DurabilityNone: false} {
		w := create(t, b, sdk.Target{ID: string(d), Path: "in/" + string(d), Size: -1, Durability: d})
		write(t, w, 0, "bytes")
		name := commit(t, w, sdk.ExistsFail)
		got, known := w.Stored()
		if known != want {
			t.Errorf("%s: known is %v, want %v", d, known, want)
		}
		if is, err := b.Stat(name); known && (err != nil || got != is) {
			t.Errorf("%s: %+v was made, and %+v is there (%v)", d, got, is, err)
		}
	}
}
