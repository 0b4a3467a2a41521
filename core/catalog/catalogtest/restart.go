package catalogtest

import (
	"reflect"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var restartRows = []row{
	{"row 19: a restart with the full key takes the interrupted entry at its point", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(3)}))
		cut := d.interrupted(e, sdk.NetworkCut)
		found := must[catalog.Entry](d)(d.Restartable(d.ctx, cut.Key))
		d.passes(time.Minute)
		again := must[catalog.Entry](d)(d.Restart(d.ctx, found, catalog.Grant{Session: "s9", Peer: "127.0.0.1:9"}))
		d.is(again, "T", "C", "", catalog.Running)
		if again.ID != e.ID || again.Attempts != 2 || again.Session != "s9" || !reflect.DeepEqual(again.Point, point(3)) ||
			again.Number != e.Number || again.Key != e.Key || !again.StartedAt.Equal(e.StartedAt) || !again.EndedAt.IsZero() {
			d.Fatalf("restarted as %+v", again)
		}
		d.fails(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(9)}), catalog.ErrStale)
	}},
	{"row 19: a restart whose data is lost begins anew", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(3)}))
		cut := d.interrupted(e, sdk.NetworkCut)
		want := catalog.Point{Backend: []byte("another part")}
		again := must[catalog.Entry](d)(d.Restart(d.ctx, cut, catalog.Grant{Session: "s9", Point: &want}))
		if got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID)); !reflect.DeepEqual(got.Point, want) || !reflect.DeepEqual(again.Point, want) || got.Bytes != 0 {
			d.Fatalf("stored %+v, returned %+v", got, again)
		}
	}},
	{"row 19: a send restarts under the number that we gave it", func(d *desk) {
		cut := d.interrupted(d.sending("F1"), sdk.NetworkCut)
		key := catalog.RestartKey{Direction: catalog.Send, Partner: "PARIS", Name: "F1", Number: cut.Number}
		if found := must[catalog.Entry](d)(d.Restartable(d.ctx, key)); found.ID != cut.ID {
			d.Fatalf("found %s, want %s", found.ID, cut.ID)
		}
	}},
	{"row 19: every part of the key must match", func(d *desk) {
		cut := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		for what, change := range map[string]func(k *catalog.RestartKey){
			"direction":   func(k *catalog.RestartKey) { k.Direction = catalog.Send },
			"partner":     func(k *catalog.RestartKey) { k.Partner = "ROME" },
			"type":        func(k *catalog.RestartKey) { k.Type++ },
			"name":        func(k *catalog.RestartKey) { k.Name = "f1" },
			"number":      func(k *catalog.RestartKey) { k.Number++ },
			"origin":      func(k *catalog.RestartKey) { k.Origin = "" },
			"destination": func(k *catalog.RestartKey) { k.Destination = "A" },
		} {
			key := cut.Key
			change(&key)
			_, err := d.Restartable(d.ctx, key)
			if code, ok := catalog.RefusalCode(err); !ok || code != sdk.RestartUnknown {
				d.Errorf("another %s: error is %v", what, err)
			}
		}
	}},
	{"row 19: a finished transfer is a duplicate, a kept one is unknown", func(d *desk) {
		done := d.ended(d.receiving("F1", 42))
		_, err := d.Restartable(d.ctx, done.Key)
		d.fails(err, catalog.ErrDuplicate)
		if code, _ := catalog.RefusalCode(err); code != sdk.Duplicate {
			d.Fatalf("code %q", code)
		}
		cut := d.interrupted(d.receiving("F2", 43), sdk.NetworkCut)
		must[catalog.Entry](d)(d.Keep(d.ctx, cut.ID, "root"))
		_, err = d.Restartable(d.ctx, cut.Key)
		d.fails(err, catalog.ErrRestartUnknown)
	}},
	{"row 37: a restart of a running entry is busy and names it", func(d *desk) {
		e := d.receiving("F1", 42)
		got, err := d.Restartable(d.ctx, e.Key)
		d.fails(err, catalog.ErrBusy)
		if code, _ := catalog.RefusalCode(err); code != sdk.FileBusy || got.ID != e.ID {
			d.Fatalf("code %q, entry %q", code, got.ID)
		}
	}},
	{"row 36: a new request with the same key takes it from the interrupted twin", func(d *desk) {
		twin := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		e := d.receiving("F1", 42)
		if e.ID == twin.ID || e.Number != 42 {
			d.Fatalf("the new entry is %+v", e)
		}
		got := must[catalog.Entry](d)(d.Get(d.ctx, twin.ID))
		if got.Superseded != e.ID || got.Status() != catalog.Interrupted || got.Restartable() {
			d.Fatalf("the twin is %+v", got)
		}
		_, err := d.Restart(d.ctx, twin, catalog.Grant{})
		d.fails(err, catalog.ErrStale)
		_, err = d.Restart(d.ctx, got, catalog.Grant{})
		d.fails(err, catalog.ErrStale)
		e = d.interrupted(e, sdk.NetworkCut)
		if found := must[catalog.Entry](d)(d.Restartable(d.ctx, e.Key)); found.ID != e.ID {
			d.Fatalf("found %s, want the new %s", found.ID, e.ID)
		}
		must[catalog.Entry](d)(d.Delete(d.ctx, e.ID, "root"))
		_, err = d.Restartable(d.ctx, e.Key)
		d.fails(err, catalog.ErrRestartUnknown)
	}},
	{"abandon: a created entry is gone and its twin has its key again", func(d *desk) {
		twin := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		e := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F1", 42)))
		d.ok(d.Abandon(d.ctx, e.Lease()))
		d.gone(e.ID)
		if found := must[catalog.Entry](d)(d.Restartable(d.ctx, twin.Key)); found.ID != twin.ID {
			d.Fatalf("found %+v", found)
		}
		d.fails(d.Abandon(d.ctx, e.Lease()), catalog.ErrNotFound)
	}},
	{"abandon: a key that a newer request has taken since stays there", func(d *desk) {
		oldest := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		middle := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F1", 42)))
		newest := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F1", 42)))
		d.ok(d.Abandon(d.ctx, middle.Lease()))
		if got := must[catalog.Entry](d)(d.Get(d.ctx, oldest.ID)); got.Superseded != newest.ID {
			d.Fatalf("the oldest is %+v, want it superseded by %s", got, newest.ID)
		}
		d.ok(d.Abandon(d.ctx, newest.Lease()))
		if found := must[catalog.Entry](d)(d.Restartable(d.ctx, oldest.Key)); found.ID != oldest.ID {
			d.Fatalf("found %+v", found)
		}
	}},
	{"abandon: a released entry is exactly as it was and in its old place", func(d *desk) {
		first := d.offer("PARIS", "STATEMENTS", "F1", 1)
		d.offer("PARIS", "STATEMENTS", "F2", 1)
		d.passes(time.Minute)
		e := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "*"}, 7))
		d.ok(d.Abandon(d.ctx, e.Lease()))
		d.same(first)
		d.fails(d.Begin(d.ctx, e.Lease()), catalog.ErrStale)
		if again := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "*"}, 7)); again.ID != first.ID || again.Owner.Fence <= e.Owner.Fence {
			d.Fatalf("released %+v after %+v", again, e)
		}
		d.fails(d.Abandon(d.ctx, e.Lease()), catalog.ErrStale)
	}},
	{"abandon: a restarted entry is exactly as it was", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(3)}))
		cut := d.interrupted(e, sdk.NetworkCut)
		d.passes(time.Minute)
		again := must[catalog.Entry](d)(d.Restart(d.ctx, cut, catalog.Grant{Session: "s9", Labels: map[string]string{"a": "b"}, Priority: new(2)}))
		if again.Labels["a"] != "b" || again.Priority != 2 {
			d.Fatalf("labels and priority of the grant are not the entry's: %v, %d", again.Labels, again.Priority)
		}
		d.ok(d.Abandon(d.ctx, again.Lease()))
		d.same(cut)
	}},
	{"abandon: after Begin it is too late", func(d *desk) {
		e := d.receiving("F1", 42)
		d.fails(d.Abandon(d.ctx, e.Lease()), catalog.ErrTransition)
		d.ok(d.Begin(d.ctx, e.Lease()))
		d.is(e, "T", "C", "", catalog.Running)
	}},
	{"numbers: the peer's is kept where it is free, else the next free one is given", func(d *desk) {
		a := d.receiving("F1", 42)
		b := d.receiving("F2", 42) // another file under the same number
		if a.Number != 42 || b.Number == 42 || b.Number < 1 || b.Key.Number != 42 {
			d.Fatalf("numbers %d and %d, key %d", a.Number, b.Number, b.Key.Number)
		}
		d.ended(a)
		if c := d.receiving("F3", 42); c.Number != 42 {
			d.Fatalf("the number of an ended entry was not free: %d", c.Number)
		}
		e := d.incoming("F1", 42)
		e.Partner = "ROME"
		if c := must[catalog.Entry](d)(d.Create(d.ctx, e)); c.Number != 42 {
			d.Fatalf("another partner's number was not free: %d", c.Number)
		}
		seen := map[int64]bool{}
		for i := range 20 {
			d.offer("PARIS", "STATEMENTS", "F", 1)
			c := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "F"}, 0))
			if seen[c.Number] || c.Number == 42 || c.Number == b.Number || c.Number < 1 || c.Number > catalog.MaxNumber {
				d.Fatalf("fetch %d got number %d", i, c.Number)
			}
			seen[c.Number] = true
		}
	}},
}

// same says that an entry is stored as it was, but for the fence.
func (d *desk) same(was catalog.Entry) {
	d.Helper()
	got := must[catalog.Entry](d)(d.Get(d.ctx, was.ID))
	got.Owner.Fence, was.Owner.Fence = 0, 0
	if !reflect.DeepEqual(got, was) {
		d.Fatalf("the entry is\n%+v\nand was\n%+v", got, was)
	}
}
