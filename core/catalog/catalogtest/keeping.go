package catalogtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var keepingRows = []row{
	{"row 32: purge removes what is older than its state's retention, in batches, and nothing that runs", func(d *desk) {
		old := map[string]catalog.Entry{
			"done":        d.ended(d.receiving("F1", 1)),
			"available":   d.offer("PARIS", "STATEMENTS", "F2", 1),
			"interrupted": d.interrupted(d.receiving("F3", 3), sdk.NetworkCut),
			"suspended":   d.interrupted(d.receiving("F4", 4), sdk.OperatorHalt),
			"kept":        must[catalog.Entry](d)(d.Keep(d.ctx, d.offer("PARIS", "STATEMENTS", "F5", 1).ID, "root")),
		}
		running := d.receiving("F6", 6)
		awaited := d.receiving("F7", 7)
		must[catalog.Entry](d)(d.End(d.ctx, awaited.Lease(), catalog.Outcome{Notify: true}))
		d.passes(24 * time.Hour)
		young := d.ended(d.receiving("F8", 8))
		hour := time.Hour
		for state, r := range map[string]catalog.Retention{
			"done": {Done: hour}, "available": {Available: hour}, "interrupted": {Interrupted: hour}, "kept": {Kept: hour}} {
			d.purged(r, old[state].ID)
			if state == "interrupted" {
				d.purged(r, old["suspended"].ID)
			}
		}
		all := catalog.Retention{Done: hour, Available: hour, Interrupted: hour, Kept: hour, Processing: hour}
		d.purged(all, "")
		if left := ids(d, catalog.Filter{}); !slices.Equal(left, []string{running.ID, awaited.ID, young.ID}) {
			d.Fatalf("left are %v", left)
		}
		d.ok(d.Postpone(d.ctx, d.due(1)[0].ID, time.Time{}, "gave up"))
		d.purged(all, awaited.ID)
	}},
	{"row 32: a flow's own retention of finished entries wins", func(d *desk) {
		short := d.ended(d.receiving("F1", 1))
		in := d.incoming("F2", 2)
		in.Flow = "ARCHIVE"
		long := must[catalog.Entry](d)(d.Create(d.ctx, in))
		d.ok(d.Begin(d.ctx, long.Lease()))
		d.ended(long)
		d.passes(2 * time.Hour)
		r := catalog.Retention{Done: time.Hour, DoneByFlow: map[string]time.Duration{"ARCHIVE": 3 * time.Hour}}
		d.purged(r, short.ID)
		d.purged(r, "")
		d.passes(2 * time.Hour)
		d.purged(r, long.ID)
	}},
	{"row 34: a crash leaves what ran interrupted, and a grant that had not begun as it was", func(d *desk) {
		running := d.receiving("F1", 1)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: running.Lease(), Point: point(2)}))
		created := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F2", 2)))
		offered := d.offer("PARIS", "STATEMENTS", "F3", 1)
		must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "F3"}, 0))
		cut := d.interrupted(d.receiving("F4", 4), sdk.NetworkCut)
		must[catalog.Entry](d)(d.Restart(d.ctx, cut, catalog.Grant{}))
		done := d.ended(d.receiving("F5", 5))
		moved := must[[]catalog.Entry](d)(d.Recover(d.ctx, true))
		if len(moved) != 4 {
			d.Fatalf("%d entries were moved: %+v", len(moved), moved)
		}
		for _, e := range []catalog.Entry{running, created} {
			d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "T", "H", sdk.ServerCrashed, catalog.Interrupted)
		}
		if e := must[catalog.Entry](d)(d.Restartable(d.ctx, running.Key)); e.Point.Number != 2 {
			d.Fatalf("restart at %d, want 2", e.Point.Number)
		}
		d.same(offered)
		d.same(cut)
		d.is(done, "X", "X", "", catalog.Done)
		d.due(2)
		if again := must[[]catalog.Entry](d)(d.Recover(d.ctx, true)); len(again) != 0 {
			d.Fatalf("a second recovery moved %+v", again)
		}
	}},
	{"row 34: a crash leaves how a transfer was about to end, for whoever asks the backend about its file", func(d *desk) {
		e := d.receiving("F1", 1)
		d.ok(d.Ending(d.ctx, e.Lease(), catalog.Outcome{Bytes: 1000, SHA256: "abc"}))
		moved := must[[]catalog.Entry](d)(d.Recover(d.ctx, true))
		if len(moved) != 1 || moved[0].Ending == nil || moved[0].Ending.SHA256 != "abc" {
			d.Fatalf("moved: %+v", moved)
		}
		d.is(moved[0], "T", "H", sdk.ServerCrashed, catalog.Interrupted)
		again := must[catalog.Entry](d)(d.Restart(d.ctx, moved[0], catalog.Grant{}))
		if again.Ending != nil {
			d.Fatalf("a restart is about to end: %+v", again)
		}
	}},
	{"row 2: an offer is noted before its copy has its name, and the note goes with the entry or is withdrawn", func(d *desk) {
		made := catalog.Entry{ID: d.newID(), Partner: "PARIS", Flow: "STATEMENTS", File: "F1", Direction: catalog.Send, Path: "out/F1",
			Backend: "files", OnExists: sdk.ExistsUnique, Size: 1000}
		made.Point.Backend = []byte("inode 7")
		given := made
		given.ID = d.newID()
		d.ok(d.Prepare(d.ctx, made))
		d.ok(d.Prepare(d.ctx, given))
		d.fails(d.Prepare(d.ctx, given), catalog.ErrExists)
		noted := must[[]catalog.Entry](d)(d.Prepared(d.ctx))
		if len(noted) != 2 || noted[0].ID != made.ID || string(noted[0].Point.Backend) != "inode 7" || noted[0].Path != "out/F1" ||
			noted[0].OnExists != sdk.ExistsUnique || noted[0].Size != 1000 {
			d.Fatalf("noted: %+v", noted)
		}
		d.gone(made.ID)
		if _, err := d.Held(d.ctx, catalog.Wanted{Partner: "PARIS"}); !errors.Is(err, catalog.ErrNone) {
			d.Fatalf("a note can be fetched: %v", err)
		}
		e := must[catalog.Entry](d)(d.Offer(d.ctx, noted[0]))
		d.is(e, "T", "H", "", catalog.Available)
		if e.Point.Backend != nil {
			d.Fatalf("the entry has a state of its writer: %q", e.Point.Backend)
		}
		d.ok(d.Withdraw(d.ctx, given.ID))
		d.fails(d.Withdraw(d.ctx, given.ID), catalog.ErrNotFound)
		if left := must[[]catalog.Entry](d)(d.Prepared(d.ctx)); len(left) != 0 {
			d.Fatalf("left: %+v", left)
		}
	}},
	{"refusals: they are kept, filtered, counted when they flood, and purged", func(d *desk) {
		r := catalog.Refusal{Phase: "negotiation", Point: "identify", Code: sdk.PartnerPassword, Partner: "PARIS", Peer: "127.0.0.1:1", Listener: "pesit"}
		for i := range 30 {
			d.passes(time.Second)
			r.Peer = fmt.Sprintf("127.0.0.1:%d", 1000+i)
			d.ok(d.Refuse(d.ctx, r))
		}
		other := r
		other.Partner = "ROME"
		d.ok(d.Refuse(d.ctx, other, other))
		got := d.refused(catalog.RefusalFilter{Partner: "PARIS"})
		var sum int64
		for _, x := range got {
			sum += x.Count
		}
		if len(got) != catalog.FloodLimit || sum != 30 || got[9].Count != 21 || !got[9].LastTime.Equal(d.now()) {
			d.Fatalf("%d lines, %d refusals, the last %+v", len(got), sum, got[len(got)-1])
		}
		if n := len(d.refused(catalog.RefusalFilter{Code: sdk.PartnerPassword})); n != 12 {
			d.Fatalf("%d lines, want 12", n)
		}
		if got := d.refused(catalog.RefusalFilter{Limit: 3, Last: true}); len(got) != 3 || got[0].Partner != "PARIS" || got[2].Partner != "ROME" {
			d.Fatalf("the last three are %+v", got)
		}
		d.passes(2 * time.Minute)
		d.ok(d.Refuse(d.ctx, r))
		if got := d.refused(catalog.RefusalFilter{Since: d.now()}); len(got) != 1 || got[0].Count != 1 {
			d.Fatalf("after the flood: %+v", got)
		}
		if n := must[int](d)(d.PurgeRefusals(d.ctx, d.now(), 5)); n != 5 {
			d.Fatalf("purged %d, want 5", n)
		}
		must[int](d)(d.PurgeRefusals(d.ctx, d.now(), 100))
		if got := d.refused(catalog.RefusalFilter{}); len(got) != 1 {
			d.Fatalf("left: %+v", got)
		}
	}},
	{"partners: what an operator decided is kept until it is forgotten", func(d *desk) {
		on, off := true, false
		d.ok(d.SetPartner(d.ctx, catalog.PartnerOverride{Partner: "PARIS", Enabled: &off, By: "root", Reason: "audit"}))
		d.ok(d.SetPartner(d.ctx, catalog.PartnerOverride{Partner: "ROME", Enabled: &off}))
		d.ok(d.SetPartner(d.ctx, catalog.PartnerOverride{Partner: "ROME", Enabled: &on}))
		got := must[map[string]catalog.PartnerOverride](d)(d.PartnerOverrides(d.ctx))
		if len(got) != 2 || *got["PARIS"].Enabled || !*got["ROME"].Enabled || got["PARIS"].Reason != "audit" || !got["PARIS"].At.Equal(d.now()) {
			d.Fatalf("overrides %+v", got)
		}
		d.ok(d.SetPartner(d.ctx, catalog.PartnerOverride{Partner: "PARIS"}))
		if got := must[map[string]catalog.PartnerOverride](d)(d.PartnerOverrides(d.ctx)); len(got) != 1 {
			d.Fatalf("overrides %+v", got)
		}
	}},
}

// purged says that a purge in batches of one removes that entry first, or none.
func (d *desk) purged(r catalog.Retention, id string) {
	d.Helper()
	got := must[[]catalog.Entry](d)(d.Purge(d.ctx, r, 1))
	if id == "" && len(got) == 0 {
		return
	}
	if len(got) != 1 || got[0].ID != id {
		d.Fatalf("purge of %+v removed %+v, want %q", r, got, id)
	}
	d.gone(id)
}

func (d *desk) refused(f catalog.RefusalFilter) []catalog.Refusal {
	d.Helper()
	var out []catalog.Refusal
	for r, err := range d.Refused(d.ctx, f) {
		d.ok(err)
		out = append(out, r)
	}
	return out
}
