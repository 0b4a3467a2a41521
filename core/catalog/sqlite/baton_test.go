package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

// Callers that give up, that read, that must be durable and that need not all get an answer while the catalog closes; what
// was acknowledged as durable is there when it is opened again, and no id, number or key was given twice.
func TestEveryCallIsAnsweredOnceWhileItCloses(t *testing.T) {
	t.Run("with room", func(t *testing.T) { closing(t, false) })
	t.Run("on a disk that is full now and then", func(t *testing.T) { closing(t, true) })
}

func closing(t *testing.T, full bool) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	c.Full(func() bool { return full && r.IntN(4) == 0 })
	var durable sync.Map
	var done atomic.Int64
	var all sync.WaitGroup
	for g := range 24 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for i := 0; ; i++ {
				ctx, stop := context.WithTimeout(context.Background(), time.Duration(r.IntN(20))*time.Millisecond)
				if r.IntN(2) == 0 {
					stop()
					ctx, stop = context.WithCancel(context.Background())
				}
				id, ended, err := one(ctx, c, g, i, r, full)
				stop()
				done.Add(1)
				if id != "" {
					durable.Store(id, ended)
				}
				if errors.Is(err, catalog.ErrClosed) {
					return
				}
				// On a full disk a grant or its beginning may be lost with somebody else's call.
				lost := full && (sqlite.IsFull(err) || errors.Is(err, catalog.ErrTransition))
				if err != nil && !lost && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, catalog.ErrNotFound) {
					t.Errorf("%d.%d: %v", g, i, err)
					return
				}
			}
		})
	}
	calls := int64(300)
	if os.Getenv("POSTERN_TEST_LONG") != "" {
		calls = 30000
	}
	for done.Load() < calls {
		time.Sleep(time.Millisecond)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if c, err = sqlite.Open(path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	there, numbers, keys, n := map[string]bool{}, map[int64]bool{}, map[catalog.RestartKey]bool{}, 0
	for e, err := range c.List(context.Background(), catalog.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		there[e.ID] = true
		if ended, _ := durable.Load(e.ID); ended == true && e.Status() != catalog.Done {
			t.Errorf("%s was ended, and is %q", e.ID, e.Status())
		}
		n++
		if e.Holds() {
			if numbers[e.Number] {
				t.Errorf("number %d was given twice", e.Number)
			}
			numbers[e.Number] = true
			if e.Direction == catalog.Receive && e.Stage == catalog.StageTransfer {
				if keys[e.Key] {
					t.Errorf("key %+v was given twice", e.Key)
				}
				keys[e.Key] = true
			}
		}
	}
	acked := 0
	durable.Range(func(id, _ any) bool {
		acked++
		if !there[id.(string)] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
		return true
	})
	t.Log(n, acked, len(numbers))
}

// one is one call's worth; it returns the id of what is durable now, and whether its end was answered.
func one(ctx context.Context, c *sqlite.Catalog, g, i int, r *rand.Rand, full bool) (id string, ended bool, err error) {
	in := receive(fmt.Sprintf("%c%03d-%06d", 'a'+r.IntN(3), g, i), int64(r.IntN(30)))
	in.Key.Name = fmt.Sprint("F", r.IntN(4))
	e, err := c.Create(ctx, in)
	if err == nil && full && r.IntN(8) == 0 {
		return "", false, c.Abandon(ctx, e.Lease())
	}
	if err == nil {
		err = c.Begin(ctx, e.Lease())
	}
	if err != nil {
		return "", false, err
	}
	verb := r.IntN(6)
	if full && r.IntN(20) > 0 { // calls on the database come between all flushes
		verb = []int{1, 3, 5, 5}[r.IntN(4)]
	}
	switch verb {
	case 0:
		_, _ = c.Get(ctx, e.ID) // it may have been closed
		return "", false, nil
	case 1:
		_, err = c.Interrupt(ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut})
	case 2:
		err = c.Refuse(ctx, catalog.Refusal{Phase: "file", Code: sdk.FlowUnknown, Partner: "PARIS"})
		if err == nil && !full { // else somebody else may have lost it
			return e.ID, false, nil
		}
		return "", false, err
	case 3:
		err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: 1}})
	case 4:
		_, _ = c.Restartable(ctx, e.Key)
		return "", false, nil
	default:
		if err = c.Ending(ctx, e.Lease(), catalog.Outcome{Bytes: 1}); err == nil {
			_, err = c.End(ctx, e.Lease(), catalog.Outcome{Bytes: 1})
			return e.ID, err == nil, err
		}
	}
	if err != nil {
		return "", false, err
	}
	return e.ID, false, nil
}
