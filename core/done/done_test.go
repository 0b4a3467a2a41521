package done_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/done"
	"github.com/postern/postern/sdk"
)

// exit is a done exit that does what it is told and keeps what it was asked.
type exit struct {
	mu     sync.Mutex
	fails  int // how often from now
	follow string
	asked  []sdk.DoneFacts
}

// told is what the exit was asked so far.
func (e *exit) told() []sdk.DoneFacts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.asked)
}

func (e *exit) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, *q.Facts.Done)
	if e.fails > 0 {
		e.fails--
		return sdk.Verdict{}, errors.New("not now")
	}
	v := sdk.PassVerdict()
	if e.follow != "" {
		comment := "seen by an exit"
		v.Set.FollowUp, v.Set.Comment = &e.follow, &comment
	}
	return v, nil
}

// answers has the exit answer from now on.
func (e *exit) answers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fails = 0
}

// house is a catalog with one transfer that has just ended.
func house(t *testing.T, e *exit, interrupted bool) (*model.Catalog, string) {
	store := model.New(time.Now)
	set, err := chain.New(chain.Config{Exits: []chain.Link{{Name: "hook", Exit: e}}, Points: chain.Lists{
		sdk.PointDone: {"hook"}, sdk.PointIdentify: {}, sdk.PointAuthorize: {}, sdk.PointMessage: {}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	id := fmt.Sprintf("%026d", 1)
	entry, err := store.Create(ctx, catalog.Entry{ID: id, Kind: catalog.File, Direction: catalog.Receive, Role: catalog.Server,
		Partner: "PARIS", Flow: "F", Key: catalog.RestartKey{Direction: catalog.Receive, Partner: "PARIS", Name: "F", Number: 1}})
	if err == nil {
		err = store.Begin(ctx, entry.Lease())
	}
	if err == nil && interrupted {
		_, err = store.Interrupt(ctx, entry.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Notify: true})
	} else if err == nil {
		_, err = store.End(ctx, entry.Lease(), catalog.Outcome{Bytes: 3, Notify: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	d := done.New(done.Options{Store: store, Chain: func() (*chain.Set, func()) { return set, func() {} }, Log: slog.New(slog.DiscardHandler),
		Flow:    func(id string) (sdk.Flow, bool) { return sdk.Flow{ID: id}, true },
		Partner: func(id string) (sdk.Partner, bool) { return sdk.Partner{ID: id}, true }, Now: time.Now})
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := set.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return store, id
}

func TestAnEndIsToldOnceWhenItsExitAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exit{}
		store, id := house(t, e, false)
		time.Sleep(time.Hour)
		if asked := e.told(); len(asked) != 1 || asked[0].Result != "done" || asked[0].Attempt != 1 || asked[0].EventID == "" {
			t.Errorf("the exit was asked %+v", asked)
		}
		if got, err := store.Get(t.Context(), id); err != nil || got.Status() != catalog.Done {
			t.Errorf("the entry is %s, %v", got.Status(), err)
		}
	})
}

func TestAnEndIsToldAgainUntilItsExitAnswersAndKeepsItsId(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exit{fails: 5}
		store, id := house(t, e, false)
		time.Sleep(10 * time.Second)
		if got, _ := store.Get(t.Context(), id); got.Status() != catalog.Processing {
			t.Errorf("before the exit answered the entry is %s", got.Status())
		}
		time.Sleep(time.Hour)
		if asked := e.told(); len(asked) != 6 || asked[5].Attempt != 6 || asked[5].EventID != asked[0].EventID {
			t.Errorf("the exit was asked %+v", asked)
		}
	})
}

func TestAnEndIsParkedAfterADayAndToldAgainWhenAnOperatorResumesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exit{fails: 1 << 30}
		store, id := house(t, e, false)
		time.Sleep(25 * time.Hour)
		n := len(e.told())
		time.Sleep(48 * time.Hour)
		if after := len(e.told()) - n; after != 0 || n < 100 {
			t.Errorf("the exit was asked %d times in a day, and %d times afterwards", n, after)
		}
		e.answers()
		if _, err := store.Resume(t.Context(), id, "root"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if got, err := store.Get(t.Context(), id); err != nil || got.Status() != catalog.Done || len(e.told()) != n+1 {
			t.Errorf("the entry is %s, %v; the exit was asked %d times more", got.Status(), err, len(e.told())-n)
		}
	})
}

func TestAnExitMaySayWhatBecomesOfAnInterruptedTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exit{follow: string(catalog.Drop)}
		store, id := house(t, e, true)
		time.Sleep(time.Minute)
		got, err := store.Get(t.Context(), id)
		if err != nil || got.Status() != catalog.Kept || got.Comment != "seen by an exit" {
			t.Errorf("the entry is %s with the comment %q, %v", got.Status(), got.Comment, err)
		}
	})
}

func TestAFollowUpThatIsNotPossibleIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exit{follow: string(catalog.Hold)}
		store, id := house(t, e, false)
		time.Sleep(time.Hour)
		if got, _ := store.Get(t.Context(), id); got.Status() != catalog.Done || len(e.told()) != 1 {
			t.Errorf("the entry is %s after %d deliveries", got.Status(), len(e.told()))
		}
	})
}
