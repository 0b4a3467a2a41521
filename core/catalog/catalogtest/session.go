package catalogtest

import (
	"reflect"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var sessionRows = []row{
	{"row 01: an accepted CREATE makes a running receive entry with all it was given", func(d *desk) {
		in := d.incoming("F1", 42)
		in.Decisions = []catalog.Decision{{Time: d.now(), Point: "authorize", Exit: "grants", Verdict: "allow"}}
		e := must[catalog.Entry](d)(d.Create(d.ctx, in))
		d.is(e, "T", "C", "", catalog.Running)
		got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID))
		if !reflect.DeepEqual(got, e) {
			d.Fatalf("stored %+v\nreturned %+v", got, e)
		}
		want := catalog.RestartKey{Direction: catalog.Receive, Partner: "PARIS", Type: 7, Name: "F1", Number: 42, Origin: "A", Destination: "B"}
		if got.Key != want || got.Number != 42 || got.Attempts != 1 || !got.CreatedAt.Equal(d.now()) || got.Terms.Number("sync_window") != 8 {
			d.Fatalf("entry is %+v", got)
		}
	}},
	{"row 01: what the backend says of the new temporary file is kept, and nothing else of a point", func(d *desk) {
		in := d.incoming("F1", 42)
		in.Point = catalog.Point{Number: 3, FileOffset: 12, Backend: []byte("part")}
		e := must[catalog.Entry](d)(d.Create(d.ctx, in))
		want := catalog.Point{Backend: []byte("part")}
		if got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID)); !reflect.DeepEqual(got.Point, want) || !reflect.DeepEqual(e.Point, want) {
			d.Fatalf("stored %+v, returned %+v", got.Point, e.Point)
		}
	}},
	{"row 01: an id that is taken is refused and takes no key away", func(d *desk) {
		old := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		in := d.incoming("F1", 42)
		in.ID = old.ID
		_, err := d.Create(d.ctx, in)
		d.fails(err, catalog.ErrExists)
		if got := must[catalog.Entry](d)(d.Get(d.ctx, old.ID)); got.Superseded != "" {
			d.Fatalf("the refused entry took the key: %+v", got)
		}
	}},
	{"row 01: an entry without a partner is refused", func(d *desk) {
		in := d.incoming("F1", 42)
		in.Partner = ""
		_, err := d.Create(d.ctx, in)
		d.fails(err, catalog.ErrInvalid)
		d.gone(in.ID)
	}},
	{"row 03: a SELECT of a published flow makes a running send entry with a number of ours", func(d *desk) {
		in := d.incoming("STATEMENTS", 0)
		in.Direction, in.Published = catalog.Send, true
		e := must[catalog.Entry](d)(d.Create(d.ctx, in))
		d.is(e, "T", "C", "", catalog.Running)
		if e.Number == 0 || e.Key.Number != e.Number || !e.Published {
			d.Fatalf("number %d, key %+v, published %v", e.Number, e.Key, e.Published)
		}
	}},
	{"row 05: an offer is available and has never started", func(d *desk) {
		e := d.offer("PARIS", "STATEMENTS", "F1", 1)
		d.is(e, "T", "H", "", catalog.Available)
		if e.Attempts != 0 || !e.StartedAt.IsZero() {
			d.Fatalf("attempts %d, started %v", e.Attempts, e.StartedAt)
		}
	}},
	{"row 06: a SELECT releases the oldest matching held entry", func(d *desk) {
		d.offer("ROME", "STATEMENTS", "F0", 1)
		first := d.offer("PARIS", "STATEMENTS", "F1", 1)
		second := d.offer("PARIS", "STATEMENTS", "F2", 1)
		for _, want := range []catalog.Entry{first, second} {
			e := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "STATEMENTS"}, 0))
			d.is(e, "T", "C", "", catalog.Running)
			if e.ID != want.ID || e.Attempts != 1 || e.Session != "s2" || len(e.Decisions) != 1 {
				d.Fatalf("released %+v, want %s", e, want.ID)
			}
		}
		_, err := d.fetch(catalog.Wanted{Partner: "PARIS", Name: "STATEMENTS"}, 0)
		d.fails(err, catalog.ErrNone)
	}},
	{"row 06: the more urgent held entry goes first", func(d *desk) {
		d.offer("PARIS", "STATEMENTS", "F1", 1)
		urgent := d.offer("PARIS", "STATEMENTS", "F2", 0)
		if e := must[catalog.Entry](d)(d.fetch(catalog.Wanted{Partner: "PARIS", Name: "*"}, 0)); e.ID != urgent.ID {
			d.Fatalf("released %s, want the urgent %s", e.ID, urgent.ID)
		}
	}},
	{"row 06: masks match the flow or the file name, and what was skipped is passed over", func(d *desk) {
		a := d.offer("PARIS", "STATEMENTS", "ORD-1", 1)
		b := d.offer("PARIS", "ORDERS", "X[2]", 1)
		for _, c := range []struct {
			w    catalog.Wanted
			want string
		}{
			{catalog.Wanted{Name: "*"}, a.ID}, {catalog.Wanted{Name: "ORD*"}, a.ID}, {catalog.Wanted{Name: "ORD?RS"}, b.ID},
			{catalog.Wanted{Name: "X[2]"}, b.ID}, {catalog.Wanted{Flow: "O*", File: "X*"}, b.ID}, {catalog.Wanted{Name: "ORD-?"}, a.ID},
			{catalog.Wanted{Name: "*", Skip: []string{a.ID}}, b.ID}, {catalog.Wanted{Name: "X2"}, ""}, {catalog.Wanted{Name: "ord*"}, ""},
			{catalog.Wanted{Name: "*", Skip: []string{a.ID, b.ID}}, ""},
		} {
			c.w.Partner = "PARIS"
			e, err := d.Held(d.ctx, c.w)
			if c.want == "" {
				d.fails(err, catalog.ErrNone)
			} else if d.ok(err); e.ID != c.want {
				d.Fatalf("%+v finds %s, want %s", c.w, e.ID, c.want)
			}
		}
	}},
	{"row 06: an interrupted entry is not released by a new SELECT", func(d *desk) {
		d.interrupted(d.sending("F1"), sdk.NetworkCut)
		_, err := d.fetch(catalog.Wanted{Partner: "PARIS", Name: "*"}, 0)
		d.fails(err, catalog.ErrNone)
	}},
	{"row 06: what was released in the meantime is stale", func(d *desk) {
		d.offer("PARIS", "STATEMENTS", "F1", 1)
		held := must[catalog.Entry](d)(d.Held(d.ctx, catalog.Wanted{Partner: "PARIS", Name: "*"}))
		must[catalog.Entry](d)(d.Release(d.ctx, held, catalog.Grant{}))
		_, err := d.Release(d.ctx, held, catalog.Grant{})
		d.fails(err, catalog.ErrStale)
	}},
	{"row 10: an end with agreeing counts is done", func(d *desk) {
		e := d.ended(d.receiving("F1", 42))
		d.is(e, "X", "X", "", catalog.Done)
		if e.Bytes != 1000 || e.Records != 10 || e.SHA256 != "abc" || e.EndedAt.IsZero() {
			d.Fatalf("entry is %+v", e)
		}
		_, err := d.End(d.ctx, e.Lease(), catalog.Outcome{})
		d.fails(err, catalog.ErrStale)
	}},
	{"row 10: nothing ends that has not begun", func(d *desk) {
		e := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F1", 42)))
		_, err := d.End(d.ctx, e.Lease(), catalog.Outcome{})
		d.fails(err, catalog.ErrTransition)
		_, err = d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut})
		d.fails(err, catalog.ErrTransition)
		d.fails(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(1)}), catalog.ErrTransition)
	}},
	{"row 10: how a transfer is about to end is noted first, and it ends so", func(d *desk) {
		e := d.receiving("F1", 42)
		o := catalog.Outcome{Bytes: 1000, Records: 10, SHA256: "abc"}
		d.ok(d.Ending(d.ctx, e.Lease(), o))
		noted := must[catalog.Entry](d)(d.Get(d.ctx, e.ID))
		d.is(noted, "T", "C", "", catalog.Running)
		if noted.Ending == nil || noted.Ending.SHA256 != "abc" || noted.Version != e.Version {
			d.Fatalf("entry is %+v", noted)
		}
		ended := d.ended(noted)
		d.is(must[catalog.Entry](d)(d.Get(d.ctx, e.ID)), "X", "X", "", catalog.Done)
		if ended.Ending != nil {
			d.Fatalf("it is about to end still: %+v", ended)
		}
		d.fails(d.Ending(d.ctx, e.Lease(), o), catalog.ErrStale)
	}},
	{"row 10: what has points is about to end at a later time than it began", func(d *desk) {
		e := d.receiving("F1", 42)
		d.passes(time.Minute)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(1)}))
		d.ok(d.Ending(d.ctx, e.Lease(), catalog.Outcome{Bytes: 1000}))
		if got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID)); !got.UpdatedAt.Equal(d.now()) {
			d.Fatalf("it was changed at %v, want %v", got.UpdatedAt, d.now())
		}
	}},
	{"row 10: what was about to end can be interrupted all the same", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Ending(d.ctx, e.Lease(), catalog.Outcome{Bytes: 1000}))
		e = d.interrupted(e, sdk.FileExists)
		d.is(e, "T", "H", sdk.FileExists, catalog.Interrupted)
		if e.Ending != nil {
			d.Fatalf("it is about to end still: %+v", e)
		}
	}},
	{"row 10: nothing is about to end that has not begun", func(d *desk) {
		e := must[catalog.Entry](d)(d.Create(d.ctx, d.incoming("F1", 42)))
		d.fails(d.Ending(d.ctx, e.Lease(), catalog.Outcome{}), catalog.ErrTransition)
	}},
	{"row 11: a checkpoint stores the point, and many entries' points at once", func(d *desk) {
		a, b := d.receiving("F1", 42), d.sending("F2")
		d.passes(time.Second)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: a.Lease(), Point: point(3)},
			catalog.Checkpoint{Lease: b.Lease(), Point: point(5), Ahead: []catalog.Point{point(6), point(7)}}))
		a, b = must[catalog.Entry](d)(d.Get(d.ctx, a.ID)), must[catalog.Entry](d)(d.Get(d.ctx, b.ID))
		if !reflect.DeepEqual(a.Point, point(3)) || a.Bytes != 300 || a.Records != 6 || !a.UpdatedAt.Equal(d.now()) {
			d.Fatalf("the first entry is %+v", a)
		}
		if !reflect.DeepEqual(b.Point, point(5)) || !reflect.DeepEqual(b.Ahead, []catalog.Point{point(6), point(7)}) {
			d.Fatalf("the second entry is %+v", b)
		}
		d.is(a, "T", "C", "", catalog.Running)
	}},
	{"row 11: one bad checkpoint does not keep the others from being stored", func(d *desk) {
		a, b := d.receiving("F1", 42), d.receiving("F2", 43)
		d.ended(b)
		huge := point(2)
		huge.Protocol = make([]byte, catalog.MaxProtocolState+1)
		err := d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: b.Lease(), Point: point(3)}, catalog.Checkpoint{Lease: a.Lease(), Point: point(1)},
			catalog.Checkpoint{Lease: a.Lease(), Point: huge}, catalog.Checkpoint{Lease: catalog.Lease{ID: "nobody"}, Point: point(1)})
		d.fails(err, catalog.ErrStale)
		d.fails(err, catalog.ErrInvalid)
		d.fails(err, catalog.ErrNotFound)
		if got := must[catalog.Entry](d)(d.Get(d.ctx, a.ID)); got.Point.Number != 1 {
			d.Fatalf("point %d is stored, want 1", got.Point.Number)
		}
	}},
	{"row 12: a lost link leaves an interrupted entry, even without a byte", func(d *desk) {
		e := d.interrupted(d.receiving("F1", 42), sdk.NetworkCut)
		d.is(e, "T", "H", sdk.NetworkCut, catalog.Interrupted)
		if !e.Restartable() || e.Point.Number != 0 || e.Reason != "cut" {
			d.Fatalf("entry is %+v", e)
		}
	}},
	{"row 13: a peer's abort leaves an interrupted entry at its last point", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(2)}))
		p := point(4)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.PeerStopped, Point: &p}))
		d.is(e, "T", "H", sdk.PeerStopped, catalog.Interrupted)
		if got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID)); !reflect.DeepEqual(got.Point, p) || got.Bytes != 400 {
			d.Fatalf("the last point is %+v, %d bytes", got.Point, got.Bytes)
		}
	}},
	{"row 13: a whole file that is refused is told with its bytes until a restart begins at its last point", func(d *desk) {
		e := d.receiving("F1", 42)
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(2)}))
		_, err := d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.DataRejected, Bytes: -1})
		d.fails(err, catalog.ErrInvalid)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.DataRejected, Bytes: 999, Records: 9}))
		for _, got := range []catalog.Entry{e, must[catalog.Entry](d)(d.Get(d.ctx, e.ID))} {
			if got.Bytes != 999 || got.Records != 9 || !reflect.DeepEqual(got.Point, point(2)) {
				d.Fatalf("%d bytes, %d records, point %+v", got.Bytes, got.Records, got.Point)
			}
		}
		e = must[catalog.Entry](d)(d.Restart(d.ctx, e, catalog.Grant{}))
		for _, got := range []catalog.Entry{e, must[catalog.Entry](d)(d.Get(d.ctx, e.ID))} {
			if got.Bytes != 200 || got.Records != point(2).Records {
				d.Fatalf("once more it has %d bytes, %d records", got.Bytes, got.Records)
			}
		}
	}},
	{"row 14: a local error holds or keeps, as its class says", func(d *desk) {
		d.is(d.interrupted(d.receiving("F1", 42), sdk.DataSpace), "T", "H", sdk.DataSpace, catalog.Interrupted)
		e := d.receiving("F2", 43)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.DataIO, Keep: true}))
		d.is(e, "T", "K", sdk.DataIO, catalog.Kept)
	}},
	{"row 14: an interruption has a code", func(d *desk) {
		e := d.receiving("F1", 42)
		_, err := d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{})
		d.fails(err, catalog.ErrInvalid)
		d.is(e, "T", "C", "", catalog.Running)
	}},
	{"row 15: an operator's halt suspends, and the peer may restart", func(d *desk) {
		e := d.interrupted(d.receiving("F1", 42), sdk.OperatorHalt)
		d.is(e, "T", "H", sdk.OperatorHalt, catalog.Suspended)
		must[catalog.Entry](d)(d.Restartable(d.ctx, e.Key))
	}},
	{"row 16: an operator's keep of a running entry stops it for good", func(d *desk) {
		e := d.receiving("F1", 42)
		_, err := d.Keep(d.ctx, e.ID, "root")
		d.fails(err, catalog.ErrTransition)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.OperatorHalt, Keep: true}))
		d.is(e, "T", "K", sdk.OperatorHalt, catalog.Kept)
		_, err = d.Restartable(d.ctx, e.Key)
		d.fails(err, catalog.ErrRestartUnknown)
	}},
	{"row 17: an exit that refuses during the data holds with its code", func(d *desk) {
		d.is(d.interrupted(d.receiving("F1", 42), sdk.ExitRefused), "T", "H", sdk.ExitRefused, catalog.Interrupted)
	}},
	{"row 18: a partner disabled by force suspends its running entries", func(d *desk) {
		e := d.receiving("F1", 42)
		off := false
		d.ok(d.SetPartner(d.ctx, catalog.PartnerOverride{Partner: "PARIS", Enabled: &off, By: "root"}))
		d.is(d.interrupted(e, sdk.OperatorHalt), "T", "H", sdk.OperatorHalt, catalog.Suspended)
		if o := must[map[string]catalog.PartnerOverride](d)(d.PartnerOverrides(d.ctx))["PARIS"]; o.Enabled == nil || *o.Enabled {
			d.Fatalf("the override is %+v", o)
		}
	}},
	{"row 33: a server that stops leaves interrupted entries", func(d *desk) {
		d.is(d.interrupted(d.sending("F1"), sdk.ServerStopping), "T", "H", sdk.ServerStopping, catalog.Interrupted)
	}},
}
