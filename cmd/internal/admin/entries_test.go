package admin

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

func TestAListingIsOneArrayOldestFirst(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	var want []string
	for _, name := range names(40) {
		want = append(want, d.offered(name).ID)
	}
	if got := ids(t, d.Entries(ctx, Query{})); !slices.Equal(got, want) {
		t.Errorf("listed %d entries, want all %d in the order they were made", len(got), len(want))
	}
	if got := ids(t, d.Entries(ctx, Query{Limit: 3})); !slices.Equal(got, want[37:]) {
		t.Errorf("with a limit of 3: %v, want the newest three %v", got, want[37:])
	}
}

func TestAListingChoosesByPartnerFlowStatusAndTime(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	offer, order := d.offered("a"), d.running("x")
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"flow", Query{Flow: "ORDERS"}, []string{order.ID}},
		{"status", Query{Status: "available"}, []string{offer.ID}},
		{"partner", Query{Partner: "ROME"}, nil},
		{"since", Query{Since: order.CreatedAt}, []string{order.ID}},
	} {
		if got := ids(t, d.Entries(ctx, c.q)); !slices.Equal(got, c.want) {
			t.Errorf("by %s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAnEmptyListingIsAnEmptyArray(t *testing.T) {
	if got := ids(t, newDesk(t).Entries(context.Background(), Query{})); len(got) != 0 {
		t.Errorf("an empty catalog lists %v", got)
	}
}

func TestAListingThatFailsAtOnceIsAProblem(t *testing.T) {
	d := newDesk(t)
	d.faulty = errors.New("the disk is gone")
	for _, err := range d.Entries(context.Background(), Query{}) {
		d.refused(err, kindFailed, "the disk is gone")
		return
	}
	t.Error("the listing ended without an error")
}

func TestAListingThatIsCutIsNotTakenForTheWhole(t *testing.T) {
	d := newDesk(t)
	d.offered("a")
	d.faulty = errors.New("the disk is gone")
	var seen int
	var last error
	for _, err := range d.Entries(context.Background(), Query{}) {
		if last = err; err == nil {
			seen++
		}
	}
	if last == nil {
		t.Errorf("after %d entries the cut listing ended as if it were whole", seen)
	}
}

func TestAnEntryIsFoundByTheBeginningOfItsID(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	a, b := d.offered("a"), d.offered("b")
	if got, err := d.Entry(ctx, a.ID[:len(a.ID)-2]); err != nil || got.ID != a.ID || got.Status() != catalog.Available {
		t.Errorf("got %s %s, %v; want %s available", got.ID, got.Status(), err, a.ID)
	}
	_, err := d.Entry(ctx, commonPrefix(a.ID, b.ID))
	d.refused(err, kindAmbiguous, "more than one")
	_, err = d.Entry(ctx, "zzzzzz")
	d.refused(err, kindNotFound, "zzzzzz")
	_, err = d.Entry(ctx, "zz")
	d.refused(err, kindNotFound, "at least the first 4 characters")
	for _, id := range []string{"", "..", "../status", a.ID + "/halt"} {
		_, err = d.Entry(ctx, id)
		d.refused(err, kindNotFound, "there is no entry")
		_, err = d.Delete(ctx, id)
		d.refused(err, kindNotFound, "there is no entry")
	}
}

func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func TestHaltStopsARunningTransferAndNamesWhoAsked(t *testing.T) {
	d := newDesk(t)
	e := d.running("abc")
	got, err := d.direct("halt", e.ID)
	d.must(err)
	if got.Status() != catalog.Suspended {
		t.Errorf("the halted entry is %s, want suspended", got.Status())
	}
	me := NameOf(os.Geteuid())
	if got.Reason != me {
		t.Errorf("the session was told that %q asked, want %q", got.Reason, me)
	}
	if o := d.seen.last(); o.What != sdk.OperatorActed || o.Actor != me || o.Command != "halt" || o.Transfer != e.ID || o.Partner != "PARIS" {
		t.Errorf("the observer was told %+v", o)
	}
}

func TestHaltOfAHeldEntrySaysWhatItIsAndWhyNot(t *testing.T) {
	d := newDesk(t)
	id := d.offered("a").ID
	_, err := d.direct("halt", id)
	d.refused(err, kindTransition, "the entry is available (T/H): only a running transfer can be halted")
	if o := d.seen.last(); o.Command != "POST /entries/"+id+"/halt" || o.Actor == "" || !strings.Contains(o.Failure, "only a running transfer can be halted") {
		t.Errorf("the observer was told %+v, which does not say that it was not done", o)
	}
}

func TestHaltOfATransferThatIsStillBeingGrantedSaysTryAgain(t *testing.T) {
	d := newDesk(t)
	e := d.running("abc")
	d.busy = session.ErrNotRunning
	_, err := d.direct("halt", e.ID)
	d.refused(err, kindChanged, "try again")
}

func TestHaltThatComesTooLateSaysWhatTheSessionSays(t *testing.T) {
	d := newDesk(t)
	e := d.running("abc")
	d.busy = errors.New("the transfer ended before it could be stopped")
	_, err := d.direct("halt", e.ID)
	d.refused(err, kindChanged, "ended before it could be stopped")
}

func TestKeepStopsARunningTransferForGood(t *testing.T) {
	d := newDesk(t)
	got, err := d.direct("keep", d.running("abc").ID)
	d.must(err)
	if got.Status() != catalog.Kept {
		t.Errorf("the entry is %s, want kept", got.Status())
	}
}

func TestAHeldEntryIsKeptAndReleased(t *testing.T) {
	d := newDesk(t)
	id := d.offered("a").ID
	for _, step := range []struct {
		verb string
		want catalog.Status
	}{{"keep", catalog.Kept}, {"release", catalog.Available}} {
		got, err := d.direct(step.verb, id)
		d.must(err)
		if got.Status() != step.want {
			t.Errorf("after %s the entry is %s, want %s", step.verb, got.Status(), step.want)
		}
		if last := got.Decisions[len(got.Decisions)-1]; last.Verdict != step.verb || last.Exit != NameOf(os.Geteuid()) {
			t.Errorf("the catalog says that %s did %s", last.Exit, last.Verdict)
		}
	}
	_, err := d.direct("release", id)
	d.refused(err, kindTransition, "only a kept entry can be released")
}

func TestAnInterruptedOfferIsResumed(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	held, err := d.catalog.Get(ctx, d.offered("a").ID)
	d.must(err)
	e, err := d.catalog.Release(ctx, held, catalog.Grant{})
	d.must(err)
	d.must(d.catalog.Begin(ctx, e.Lease()))
	_, err = d.direct("halt", e.ID)
	d.must(err)
	got, err := d.direct("resume", e.ID)
	d.must(err)
	if got.Status() != catalog.Available {
		t.Errorf("the resumed offer is %s, want available", got.Status())
	}
}

func TestDeleteHaltsFirstAndRemovesThePart(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	e := d.running("abc")
	got, err := d.Delete(ctx, e.ID)
	d.must(err)
	if !got.Part || got.Warning != "" || d.parts() != 0 {
		t.Errorf("part removed: %v, warning %q, %d parts left", got.Part, got.Warning, d.parts())
	}
	if got.Entry.Code != sdk.OperatorHalt {
		t.Errorf("the entry was deleted with the code %q, want operator.halt", got.Entry.Code)
	}
	_, err = d.Entry(ctx, e.ID)
	d.refused(err, kindNotFound, e.ID)
}

func TestDeleteOfATransferThatCannotBeStoppedDeletesNothing(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	e := d.running("abc")
	d.busy = session.ErrNotRunning
	_, err := d.Delete(ctx, e.ID)
	d.refused(err, kindTransition, "the entry is running")
	if _, err := d.Entry(ctx, e.ID); err != nil || d.parts() != 1 {
		t.Errorf("after the refusal: entry %v, %d parts", err, d.parts())
	}
}

func TestDeleteNeverRemovesAFinishedOrOfferedFile(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	done := d.running("abc")
	w, err := d.backend.Resume(sdk.Target{ID: done.ID, Path: done.Path}, d.state(done.ID))
	d.must(err)
	_, err = w.Commit(sdk.ExistsFail)
	d.must(err)
	_, err = d.catalog.End(ctx, done.Lease(), catalog.Outcome{Bytes: 3})
	d.must(err)
	for _, e := range []catalog.Entry{done, d.offered("a")} {
		got, err := d.Delete(ctx, e.ID)
		d.must(err)
		if got.Part {
			t.Errorf("deleting %s says that a part was removed", e.File)
		}
		if d.content(e.Path) == "" {
			t.Errorf("the file of %s is gone", e.File)
		}
	}
}

// state is the backend's state at the entry's last point.
func (d *desk) state(id string) []byte {
	e, err := d.catalog.Get(context.Background(), id)
	d.must(err)
	return e.Point.Backend
}

// direct does a command of the client's: the desk's own Command is the session's.
func (d *desk) direct(verb, id string) (catalog.Entry, error) {
	return d.Client.Command(context.Background(), verb, id)
}

func TestUnknownOperationsAndParametersAreRefused(t *testing.T) {
	d := newDesk(t)
	if _, err := d.direct("explode", d.offered("a").ID); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("an operation that does not exist gave %v", err)
	}
	for _, err := range d.Entries(context.Background(), Query{Status: "sleeping"}) {
		d.refused(err, "", "status")
	}
}

func TestEveryDecisionAboutAnEntryIsTold(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	e := d.offered("a")
	if _, err := d.Client.Command(ctx, "keep", e.ID); err != nil {
		t.Fatal(err)
	}
	got, err := d.Explain(ctx, e.ID[:len(e.ID)-1])
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != e.ID || len(got.Decisions) != 1 || got.Decisions[0].Verdict != "keep" || got.More != 0 {
		t.Errorf("explained: %+v", got)
	}
	_, err = d.Explain(ctx, "nowhere")
	d.refused(err, kindNotFound, "not in the catalog")
}

func TestTheExitsAreListed(t *testing.T) {
	d := newDesk(t)
	got, err := d.Exits(context.Background())
	if err != nil || len(got) != 1 || got[0].Name != "vet" || got[0].Calls != 3 {
		t.Errorf("listed %+v, %v", got, err)
	}
}

func TestATransferWhoseSessionDoesNotAnswerIsShownAsTheCatalogHasIt(t *testing.T) {
	d := newDesk(t)
	e := d.running("a")
	all, err := d.Client.Live(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != e.ID || all[0].State != busy {
		t.Fatalf("%+v (%v)", all, err)
	}
	d.live = []session.Live{{ID: e.ID, State: "moving", Bytes: 7}}
	if all, err = d.Client.Live(t.Context()); err != nil || len(all) != 1 || all[0].State != "moving" || all[0].Bytes != 7 {
		t.Errorf("%+v (%v)", all, err)
	}
}
