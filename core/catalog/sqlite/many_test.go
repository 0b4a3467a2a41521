package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// BenchmarkMany reads and writes beside many entries (100,000, or
// POSTERN_BENCH_ENTRIES).
func BenchmarkMany(b *testing.B) {
	n := 100_000
	if s := os.Getenv("POSTERN_BENCH_ENTRIES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	c, err := Open(filepath.Join(b.TempDir(), "catalog.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	if err := populate(ctx, c, n); err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]catalog.Filter{"last100": {Limit: 100, Last: true}, "first100": {Limit: 100},
		"partner100": {Partner: "P7", Limit: 100, Last: true}, "kept": {Status: catalog.Interrupted, Limit: 100}} {
		b.Run("list/"+name, func(b *testing.B) {
			for b.Loop() {
				for _, err := range c.List(ctx, f) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	b.Run("held", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Held(ctx, catalog.Wanted{Partner: "P9", Name: "*"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("transfer", func(b *testing.B) { // create, begin, one point, end: four commits
		for i := 0; b.Loop(); i++ {
			e, err := c.Create(ctx, catalog.Entry{ID: fmt.Sprintf("new%020d", i), Direction: catalog.Receive, Partner: "P1", Flow: "F", File: "F"})
			if err == nil {
				err = c.Begin(ctx, e.Lease())
			}
			if err == nil {
				err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1}})
			}
			if err == nil {
				_, err = c.End(ctx, e.Lease(), catalog.Outcome{})
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("purge1000", func(b *testing.B) {
		c.opt.Now = func() time.Time { return time.Now().Add(time.Hour) }
		for b.Loop() {
			if _, err := c.Purge(ctx, catalog.Retention{Done: time.Minute}, 1000); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func populate(ctx context.Context, c *Catalog, n int) error {
	for from := 0; from < n; from += 10_000 {
		err := c.w.do(ctx, func(t *tx) error {
			for i := from; i < min(n, from+10_000); i++ {
				e, err := catalog.ToOffered(catalog.Entry{ID: fmt.Sprintf("old%020d", i), Partner: fmt.Sprint("P", i%50),
					Flow: fmt.Sprint("F", i%7), File: fmt.Sprint("file", i), Path: fmt.Sprint("out/file", i)}, c.now())
				if err != nil {
					return err
				}
				switch {
				case i%10 < 8:
					e.Stage, e.Step = catalog.StageDone, catalog.StepDone
				case i%10 == 8:
					e.Code = sdk.NetworkCut
				}
				if err := t.insert(e, false); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
