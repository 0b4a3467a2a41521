package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
)

// A small file, as a session writes it.
func BenchmarkSmallFiles(b *testing.B) {
	for _, sessions := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			c := open(b, filepath.Join(b.TempDir(), "catalog.db"), time.Now)
			var next atomic.Int64
			b.ResetTimer()
			b.ReportAllocs()
			var all sync.WaitGroup
			for range sessions {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						in := receive(fmt.Sprintf("entry%09d", n), n%1000000+1)
						if err := received(c, in, catalog.Outcome{Bytes: 1}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(c.Stats().Commits)/float64(b.N), "commits/op")
		})
	}
}
