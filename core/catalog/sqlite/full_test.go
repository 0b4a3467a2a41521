package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/core/catalog"
)

func TestAFullDiskLosesNothingAcknowledgedAndPasses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	limit := func(pages int) {
		if err := c.w.do(ctx, func(t *tx) error { return t.exec(fmt.Sprintf("PRAGMA max_page_count=%d", pages)) }); err != nil {
			t.Fatal(err)
		}
	}
	limit(120)
	var mu sync.Mutex
	stored, refused := map[string]bool{}, 0
	var all sync.WaitGroup
	create := func(i int) func() {
		return func() {
			id := fmt.Sprintf("entry%03d", i)
			_, err := c.Offer(ctx, catalog.Entry{ID: id, Direction: catalog.Send, Partner: "P", Text: strings.Repeat("x", 4000)})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				stored[id] = true
			} else if refused++; errors.Is(err, catalog.ErrCorrupt) {
				t.Errorf("a full disk is not a damage: %v", err)
			}
		}
	}
	for i := range 10 {
		create(i)()
	}
	for i := range 200 {
		all.Go(create(10 + i))
	}
	all.Wait()
	if len(stored) == 0 || refused == 0 {
		t.Fatalf("%d entries were stored and %d refused: the limit proves nothing", len(stored), refused)
	}
	limit(100000)
	if _, err := c.Create(ctx, catalog.Entry{ID: "afterwards", Direction: catalog.Receive, Partner: "P"}); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	stored["afterwards"] = true
	n := 0
	for e, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; !stored[e.ID] {
			t.Errorf("%s is there though its caller was told no", e.ID)
		}
	}
	if n != len(stored) {
		t.Errorf("%d entries are there, %d were acknowledged", n, len(stored))
	}
	if r, err := c.Check(ctx); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v, %v", r.Problems, err)
	}
}

// An end that was answered before its commit is not lost with somebody else's call that had no room.
func TestAFullDiskTakesNothingBackThatWasAnswered(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	e, err := c.Create(ctx, catalog.Entry{ID: "entry1", Direction: catalog.Receive, Partner: "P"})
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err == nil {
		err = c.Ending(ctx, e.Lease(), catalog.Outcome{Bytes: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	err = c.w.do(ctx, func(t *tx) error { return t.exec("PRAGMA max_page_count=1") }) // the size that it has
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.End(ctx, e.Lease(), catalog.Outcome{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 50 {
		if _, err := c.Offer(ctx, catalog.Entry{ID: fmt.Sprintf("offer%d", i), Direction: catalog.Send, Partner: "P", Text: strings.Repeat("x", 4000)}); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("the limit proves nothing")
	}
	if err := c.w.do(ctx, func(t *tx) error { return t.exec("PRAGMA max_page_count=100000") }); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(ctx, e.ID); err != nil || got.Status() != catalog.Done {
		t.Errorf("the entry is %s, %v", got.Status(), err)
	}
	if r, err := c.Check(ctx); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v, %v", r.Problems, err)
	}
}

func TestACatalogThatMustExistIsNotMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if _, err := Open(path, Options{MustExist: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
}

// A grant that a full disk does not let go of is given back once there is room, though its session has gone.
func TestAGrantIsGivenBackWhenAFullDiskHasRoomAgain(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	pages := func(n int) {
		t.Helper()
		if err := c.w.do(ctx, func(t *tx) error { return t.exec(fmt.Sprintf("PRAGMA max_page_count=%d", n)) }); err != nil {
			t.Fatal(err)
		}
	}
	offered, err := c.Offer(ctx, catalog.Entry{ID: "offer1", Direction: catalog.Send, Partner: "P", Flow: "F", File: "F"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Release(ctx, offered, catalog.Grant{Labels: map[string]string{"a": strings.Repeat("x", 20000)}})
	if err != nil {
		t.Fatal(err)
	}
	pages(1)
	refused := 0
	for i := range 50 {
		if _, err := c.Offer(ctx, catalog.Entry{ID: fmt.Sprintf("more%d", i), Direction: catalog.Send, Partner: "P", Text: strings.Repeat("x", 4000)}); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("the limit proves nothing")
	}
	if err := c.Abandon(ctx, e.Lease()); err != nil {
		t.Fatal(err)
	}
	pages(100000)
	if got, err := c.Get(ctx, e.ID); err != nil || got.Status() != catalog.Available {
		t.Errorf("the entry is %s, %v", got.Status(), err)
	}
}
