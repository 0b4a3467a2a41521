//go:build unix

package local

import (
	"os"
	"strconv"
	"testing"

	"github.com/postern/postern/sdk"
)

// BenchmarkSmallFile takes the steps of a file of 4 KiB in a folder that is there, in memory where the system has such a
// place: what is measured is our code and the calls of the system.
func BenchmarkSmallFile(b *testing.B) {
	dir, err := os.MkdirTemp("/dev/shm", "postern")
	if err != nil {
		dir = b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	back := open(b, Settings{Root: dir})
	bufs := [][]byte{make([]byte, 4<<10)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		id := "t" + strconv.Itoa(n)
		w := create(b, back, sdk.Target{ID: id, Path: "in/" + id, Size: 4 << 10, Durability: sdk.DurabilitySync})
		if _, err := w.State(); err != nil {
			b.Fatal(err)
		}
		if err := w.WriteAt(bufs, 0); err != nil {
			b.Fatal(err)
		}
		w.Flush()
		if _, err := w.Commit(sdk.ExistsFail); err != nil {
			b.Fatal(err)
		}
	}
}
