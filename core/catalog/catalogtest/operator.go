package catalogtest

import (
	"errors"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var operatorRows = []row{
	{"row 09: keep hides an available entry from the peer", func(d *desk) {
		e := d.offer("PARIS", "STATEMENTS", "F1", 1)
		e = must[catalog.Entry](d)(d.Keep(d.ctx, e.ID, "root"))
		d.is(e, "T", "K", "", catalog.Kept)
		if n := len(e.Decisions); n != 1 || e.Decisions[0].Exit != "root" || e.Decisions[0].Verdict != "keep" {
			d.Fatalf("decisions %+v", e.Decisions)
		}
		_, err := d.Held(d.ctx, catalog.Wanted{Partner: "PARIS", Name: "*"})
		d.fails(err, catalog.ErrNone)
		_, err = d.Keep(d.ctx, e.ID, "root")
		d.fails(err, catalog.ErrTransition)
	}},
	{"row 28: resume makes an interrupted send available anew, from byte 0", func(d *desk) {
		e := d.sending("F1")
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(3), Ahead: []catalog.Point{point(4)}}))
		cut := d.interrupted(e, sdk.NetworkCut)
		got := must[catalog.Entry](d)(d.Resume(d.ctx, e.ID, "root"))
		d.is(got, "T", "H", "", catalog.Available)
		_, err := d.Restartable(d.ctx, cut.Key)
		d.fails(err, catalog.ErrRestartUnknown)
		again := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "F1"}, 0))
		stored := must[catalog.Entry](d)(d.Get(d.ctx, e.ID))
		if again.ID != e.ID || stored.Point.Number != 0 || len(stored.Ahead) != 0 || stored.Bytes != 0 {
			d.Fatalf("released %+v", stored)
		}
	}},
	{"row 28: what we receive cannot be resumed, nor what is available, running, kept or done", func(d *desk) {
		kept := must[catalog.Entry](d)(d.Keep(d.ctx, d.interrupted(d.sending("F3"), sdk.NetworkCut).ID, "root"))
		for _, e := range []catalog.Entry{d.interrupted(d.receiving("F1", 1), sdk.NetworkCut), d.receiving("F2", 2), kept,
			d.ended(d.sending("F4")), d.offer("PARIS", "STATEMENTS", "F5", 1)} {
			_, err := d.Resume(d.ctx, e.ID, "root")
			var te *catalog.TransitionError
			if !errors.As(err, &te) || te.ID != e.ID || te.Why == "" || te.Verb != "resume" || te.Step != e.Step {
				d.Errorf("resume of a %s %s: %v", e.Status(), e.Direction, err)
			}
		}
	}},
	{"row 29: nobody starts an interrupted server entry but the peer", func(d *desk) {
		cut := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		_, err := d.Lift(d.ctx, cut.ID, "root")
		d.fails(err, catalog.ErrTransition)
		_, err = d.Release(d.ctx, cut, catalog.Grant{})
		d.fails(err, catalog.ErrStale)
		d.is(cut, "T", "H", sdk.NetworkCut, catalog.Interrupted)
	}},
	{"row 30: release of a kept entry makes it what it was, with the same code", func(d *desk) {
		e := d.receiving("F1", 42)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.DataIO, Keep: true}))
		e = must[catalog.Entry](d)(d.Lift(d.ctx, e.ID, "root"))
		d.is(e, "T", "H", sdk.DataIO, catalog.Interrupted)
		must[catalog.Entry](d)(d.Restartable(d.ctx, e.Key))
		offer := d.offer("PARIS", "STATEMENTS", "F2", 1)
		must[catalog.Entry](d)(d.Keep(d.ctx, offer.ID, "root"))
		d.is(must[catalog.Entry](d)(d.Lift(d.ctx, offer.ID, "root")), "T", "H", "", catalog.Available)
	}},
	{"row 31: delete removes an entry, but not while a session holds it", func(d *desk) {
		running := d.receiving("F1", 42)
		_, err := d.Delete(d.ctx, running.ID, "root")
		d.fails(err, catalog.ErrTransition)
		cut := d.interrupted(running, sdk.OperatorHalt)
		for _, e := range []catalog.Entry{cut, d.ended(d.receiving("F2", 43)), d.offer("PARIS", "STATEMENTS", "F3", 1)} {
			was := must[catalog.Entry](d)(d.Delete(d.ctx, e.ID, "root"))
			if was.Path != e.Path || was.Part != e.Part {
				d.Fatalf("delete returned %+v", was)
			}
			d.gone(e.ID)
		}
		_, err = d.Delete(d.ctx, cut.ID, "root")
		d.fails(err, catalog.ErrNotFound)
	}},
	{"row 20: an ended entry waits for the done exit, then for the acknowledgement", func(d *desk) {
		e := d.sending("F1")
		e = must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Bytes: 9, Notify: true, AckExpected: true}))
		d.is(e, "Y", "E", "", catalog.Processing)
		v := d.due(1)[0]
		if v.EntryID != e.ID || v.Result != "done" || v.Version != e.Version {
			d.Fatalf("event %+v", v)
		}
		if !must[bool](d)(d.Settle(d.ctx, v.ID, catalog.FollowUp{Comment: "seen"})) {
			d.Fatal("the follow-up was not applied")
		}
		d.due(0)
		e = must[catalog.Entry](d)(d.Get(d.ctx, e.ID))
		d.is(e, "Z", "H", "", catalog.Processing)
		if e.Comment != "seen" || e.Bytes != 9 {
			d.Fatalf("entry %+v", e)
		}
		e = must[catalog.Entry](d)(d.Acknowledge(d.ctx, catalog.Ack{Key: e.Key}))
		d.is(e, "X", "X", "", catalog.Done)
		_, err := d.Settle(d.ctx, v.ID, catalog.FollowUp{})
		d.fails(err, catalog.ErrNotFound)
	}},
	{"row 20: an acknowledgement that comes before the exit has answered is not waited for again", func(d *desk) {
		e := d.sending("F1")
		e = must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Notify: true, AckExpected: true}))
		must[catalog.Entry](d)(d.Acknowledge(d.ctx, catalog.Ack{Key: e.Key}))
		if must[bool](d)(d.Settle(d.ctx, d.due(1)[0].ID, catalog.FollowUp{Action: catalog.Remove})) {
			d.Fatal("the follow-up was applied to an entry that had changed")
		}
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "X", "X", "", catalog.Done)
	}},
	{"row 21: a done exit drops, holds or deletes, and only what it saw", func(d *desk) {
		stop := func(file string, keep bool) (catalog.Entry, catalog.Event) {
			e := d.sending(file)
			e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Keep: keep, Notify: true}))
			return e, d.due(1)[0]
		}
		e, v := stop("F1", false)
		must[bool](d)(d.Settle(d.ctx, v.ID, catalog.FollowUp{Action: catalog.Drop}))
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "T", "K", sdk.NetworkCut, catalog.Kept)
		e, v = stop("F2", true)
		if v.Result != "kept" {
			d.Fatalf("event %+v", v)
		}
		must[bool](d)(d.Settle(d.ctx, v.ID, catalog.FollowUp{Action: catalog.Hold, Comment: "again"}))
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "T", "H", sdk.NetworkCut, catalog.Interrupted)
		e, v = stop("F3", false)
		must[bool](d)(d.Settle(d.ctx, v.ID, catalog.FollowUp{Action: catalog.Remove}))
		d.gone(e.ID)
		e, v = stop("F4", false)
		must[catalog.Entry](d)(d.Restart(d.ctx, e, catalog.Grant{}))
		if must[bool](d)(d.Settle(d.ctx, v.ID, catalog.FollowUp{Action: catalog.Remove})) {
			d.Fatal("the follow-up was applied to an entry that had changed")
		}
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "T", "C", "", catalog.Running)
	}},
	{"row 21: an illegal follow-up is refused and the entry goes on", func(d *desk) {
		e := d.receiving("F1", 42)
		e = must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Notify: true}))
		_, err := d.Settle(d.ctx, d.due(1)[0].ID, catalog.FollowUp{Action: catalog.Hold})
		d.fails(err, catalog.ErrTransition)
		d.due(0)
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "X", "X", "", catalog.Done)
	}},
	{"row 25: resume has a parked event asked about again, and its follow-up still counts", func(d *desk) {
		e := d.receiving("F1", 42)
		e = must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Notify: true}))
		v := d.due(1)[0]
		d.ok(d.Postpone(d.ctx, v.ID, time.Time{}, "gave up"))
		d.passes(48 * time.Hour)
		d.due(0)
		e = must[catalog.Entry](d)(d.Resume(d.ctx, e.ID, "root"))
		d.is(e, "Y", "E", "", catalog.Processing)
		if n := len(e.Decisions); n != 1 || e.Decisions[0].Exit != "root" || e.Decisions[0].Verdict != "resume" {
			d.Fatalf("decisions %+v", e.Decisions)
		}
		again := d.due(1)[0]
		if again.ID != v.ID || again.Attempt != 1 || !again.QueuedAt.Equal(e.UpdatedAt) {
			d.Fatalf("event %+v", again)
		}
		if !must[bool](d)(d.Settle(d.ctx, again.ID, catalog.FollowUp{Comment: "seen"})) {
			d.Fatal("the follow-up was not applied")
		}
		e = must[catalog.Entry](d)(d.Get(d.ctx, e.ID))
		d.is(e, "X", "X", "", catalog.Done)
		if e.Comment != "seen" {
			d.Fatalf("comment %q", e.Comment)
		}
	}},
	{"row 26: an acknowledgement finds its transfer by the key, ended or not at all", func(d *desk) {
		e := d.sending("F1")
		_, err := d.Acknowledge(d.ctx, catalog.Ack{Key: e.Key})
		d.fails(err, catalog.ErrTransition)
		d.ended(e)
		got := must[catalog.Entry](d)(d.Acknowledge(d.ctx, catalog.Ack{Key: e.Key, Rejected: true, Text: "bad lines"}))
		if got.Ack != catalog.Rejected || got.Comment != "bad lines" || got.Status() != catalog.Done {
			d.Fatalf("entry %+v", got)
		}
		key := e.Key
		key.Number++
		_, err = d.Acknowledge(d.ctx, catalog.Ack{Key: key})
		d.fails(err, catalog.ErrNotFound)
	}},
	{"events: an event is due again after its delay, keeps its id, and is parked in the end", func(d *desk) {
		e := d.receiving("F1", 42)
		must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Notify: true}))
		v := d.due(1)[0]
		d.ok(d.Postpone(d.ctx, v.ID, d.now().Add(time.Second), "no answer"))
		d.due(0)
		d.passes(time.Second)
		if again := d.due(1)[0]; again.ID != v.ID || again.Attempt != 1 || again.Reason != "no answer" {
			d.Fatalf("event %+v", again)
		}
		d.ok(d.Postpone(d.ctx, v.ID, time.Time{}, "gave up"))
		d.passes(1000 * time.Hour)
		d.due(0)
		d.fails(d.Postpone(d.ctx, "nothing", time.Time{}, ""), catalog.ErrNotFound)
	}},
}

func (d *desk) due(n int) []catalog.Event {
	d.Helper()
	events := must[[]catalog.Event](d)(d.Due(d.ctx, 10))
	if len(events) != n {
		d.Fatalf("%d events are due, want %d: %+v", len(events), n, events)
	}
	return events
}
