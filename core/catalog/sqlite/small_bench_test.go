package sqlite_test

import (
	"context"
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
			ctx := context.Background()
			var next atomic.Int64
			b.ResetTimer()
			b.ReportAllocs()
			var all sync.WaitGroup
			for range sessions {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						e, err := c.Create(ctx, receive(fmt.Sprintf("entry%09d", n), n%1000000+1))
						if err == nil {
							err = c.Begin(ctx, e.Lease())
						}
						if err == nil {
							err = c.Ending(ctx, e.Lease(), catalog.Outcome{Bytes: 1})
						}
						if err == nil {
							_, err = c.End(ctx, e.Lease(), catalog.Outcome{Bytes: 1})
						}
						if err != nil {
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
