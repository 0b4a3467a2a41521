package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/postern/postern/core/catalog"
)

// held is a catalog whose next flush waits for a word, and ends with it. What
// comes after that is flushed as ever.
type held struct {
	*Catalog
	flushing chan struct{}
	verdict  chan error
}

func slow(t *testing.T) *held {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &held{c, make(chan struct{}), make(chan error)}
}

// begun is an entry whose data has begun, and of which the journal knows.
func (h *held) begun(t *testing.T, id string) catalog.Lease {
	t.Helper()
	e, err := h.Create(context.Background(), catalog.Entry{ID: id, Direction: catalog.Receive, Partner: "P", Key: catalog.RestartKey{Name: id}})
	if err == nil {
		err = h.Begin(context.Background(), e.Lease())
	}
	if err != nil {
		t.Fatal(err)
	}
	return e.Lease()
}

// hold makes the next flush wait.
func (h *held) hold(t *testing.T) {
	t.Helper()
	if err := h.Note(context.Background()); err != nil {
		t.Fatal(err)
	}
	err := h.w.do(context.Background(), func(t *tx) error {
		t.w.land()
		flush := t.w.note
		t.w.note = func(record []byte) error {
			t.w.note = flush
			h.flushing <- struct{}{}
			if err := <-h.verdict; err != nil {
				return err
			}
			return flush(record)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ending notes how an entry ends, and says what came of it.
func (h *held) ending(l catalog.Lease) <-chan error {
	said := make(chan error, 1)
	go func() { said <- h.Ending(context.Background(), l, catalog.Outcome{Bytes: 1}) }()
	return said
}

// on runs calls on top of one that is being flushed: an end that is owed, a
// grant, and another call that waits.
func (h *held) on(t *testing.T, end, waits catalog.Lease) <-chan error {
	t.Helper()
	ctx := context.Background()
	if _, err := h.End(ctx, end, catalog.Outcome{Bytes: 1}); err != nil {
		t.Fatal("end:", err)
	}
	if _, err := h.Create(ctx, catalog.Entry{ID: "granted", Direction: catalog.Receive, Partner: "P"}); err != nil {
		t.Fatal("create:", err)
	}
	second := h.ending(waits)
	for waiting := 0; waiting == 0; {
		_ = h.look(ctx, func(t *tx) error { waiting = len(t.w.waiting); return nil })
	}
	return second
}

func (h *held) scene(t *testing.T) (first, second <-chan error) {
	t.Helper()
	ended, one, two := h.begun(t, "ended"), h.begun(t, "entry1"), h.begun(t, "entry2")
	if err := <-h.ending(ended); err != nil {
		t.Fatal(err)
	}
	h.hold(t)
	first = h.ending(one)
	<-h.flushing
	return first, h.on(t, ended, two)
}

func (h *held) status(t *testing.T, id string) catalog.Status {
	t.Helper()
	e, err := h.Get(context.Background(), id)
	if errors.Is(err, catalog.ErrNotFound) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	if what, err := h.Miscounted(context.Background()); what != "" || err != nil {
		t.Error(what, err)
	}
	return e.Status()
}

func TestCallsGoOnWhileTheJournalIsFlushed(t *testing.T) {
	h := slow(t)
	first, second := h.scene(t)
	select {
	case err := <-first:
		t.Errorf("a call was answered before its flush: %v", err)
	case err := <-second:
		t.Errorf("a call was answered before the flush of what it is on top of: %v", err)
	default:
	}
	h.w.chore(h.w.late.off) // who waits is told by what has landed, not by the timer
	h.verdict <- nil
	if err := errors.Join(<-first, <-second); err != nil {
		t.Fatal(err)
	}
	if got := h.status(t, "ended"); got != catalog.Done {
		t.Errorf("the entry whose end was answered is %q", got)
	}
	if got := h.status(t, "granted"); got != catalog.Running {
		t.Errorf("what was granted is %q", got)
	}
}

// What was changed on top of a commit that a full disk did not take goes with it. What is owed is made later.
func TestAFullDiskTakesBackWhatWasChangedMeanwhile(t *testing.T) {
	h := slow(t)
	first, second := h.scene(t)
	h.verdict <- syscall.ENOSPC
	for _, said := range []<-chan error{first, second} {
		if err := <-said; !errors.Is(err, syscall.ENOSPC) || errors.Is(err, catalog.ErrUncertain) {
			t.Errorf("a call that was lost says %v", err)
		}
	}
	if got := h.status(t, "ended"); got != catalog.Done {
		t.Errorf("the entry whose end was answered is %q", got)
	}
	if got := h.status(t, "granted"); got != "" {
		t.Errorf("what was granted and never durable is %q", got)
	}
	for _, id := range []string{"entry1", "entry2"} {
		e, err := h.Get(context.Background(), id)
		if err != nil || e.Ending != nil || e.Status() != catalog.Running {
			t.Errorf("%s: %s, ending %v, %v", id, e.Status(), e.Ending, err)
		}
		if err := <-h.ending(e.Lease()); err != nil {
			t.Errorf("%s, with room again: %v", id, err)
		}
	}
}

func TestNothingIsAnsweredOnTopOfAFailedFlush(t *testing.T) {
	h := slow(t)
	first, second := h.scene(t)
	h.verdict <- syscall.EIO
	for _, said := range []<-chan error{first, second} {
		if err := <-said; !errors.Is(err, catalog.ErrUncertain) {
			t.Errorf("a call that may be lost says %v", err)
		}
	}
	if err := h.Alive(context.Background()); err == nil {
		t.Error("the catalog says that it lives")
	}
	if _, err := h.Create(context.Background(), catalog.Entry{ID: "more", Direction: catalog.Receive, Partner: "P"}); err == nil {
		t.Error("it takes more")
	}
}

// A call that works on the database waits for the flush, whoever makes it.
func TestACallOnTheDatabaseComesAfterTheFlush(t *testing.T) {
	h := slow(t)
	first, second := h.scene(t)
	offered := make(chan error, 1)
	go func() {
		_, err := h.Offer(context.Background(), catalog.Entry{ID: "offer", Direction: catalog.Send, Partner: "P"})
		offered <- err
	}()
	h.verdict <- nil
	if err := errors.Join(<-first, <-second, <-offered); err != nil {
		t.Fatal(err)
	}
	if got := h.status(t, "offer"); got != catalog.Available {
		t.Errorf("the offer is %q", got)
	}
}

// The session that writes for others outlives a panic. Everybody who waits is answered.
func TestAPanicInTheWriteStopsTheWriter(t *testing.T) {
	h := slow(t)
	one, two := h.begun(t, "entry1"), h.begun(t, "entry2")
	h.hold(t)
	flush := h.w.note
	h.w.chore(func() {
		h.w.note = func(record []byte) error {
			if err := flush(record); err != nil {
				panic(err)
			}
			return nil
		}
	})
	ended := make(chan any)
	go func() {
		defer func() { ended <- recover() }()
		_ = h.Ending(context.Background(), one, catalog.Outcome{Bytes: 1})
	}()
	<-h.flushing
	second := h.ending(two)
	for waiting := 0; waiting == 0; {
		h.w.chore(func() { waiting = len(h.w.waiting) })
	}
	h.verdict <- syscall.EIO
	if <-ended == nil {
		t.Error("the panic is gone")
	}
	if err := <-second; !errors.Is(err, catalog.ErrUncertain) {
		t.Errorf("a call on top of it says %v", err)
	}
	if err := h.Alive(context.Background()); err == nil {
		t.Error("the catalog says that it lives")
	}
}
