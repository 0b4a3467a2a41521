package catalogtest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// full is a decision with a value in each field.
func (d *desk) full(point string) catalog.Decision {
	return catalog.Decision{Time: d.now(), Point: point, Exit: "vet", Verdict: "refuse", Code: sdk.ExitFailed, Detail: "no answer",
		Changes: json.RawMessage(`{"path":"in/x"}`), Duration: 3 * time.Millisecond, Failed: true, Blocks: 7}
}

// points lists what was decided about an entry, by point.
func (d *desk) points(id string) []string {
	d.Helper()
	kept, more, err := d.Decisions(d.ctx, id)
	d.ok(err)
	if more != 0 {
		d.Fatalf("%d decisions are not kept", more)
	}
	var out []string
	for _, x := range kept {
		out = append(out, x.Point)
	}
	return out
}

func (d *desk) decided(id string, want ...string) {
	d.Helper()
	if got := d.points(id); !slices.Equal(got, want) {
		d.Fatalf("decided at %v, want %v", got, want)
	}
}

func several(points ...string) (out []catalog.Decision) {
	for _, p := range points {
		out = append(out, catalog.Decision{Point: p, Exit: "x", Verdict: "pass"})
	}
	return out
}

var decidingRows = []row{
	{"decisions: every field of a decision is kept", func(d *desk) {
		in := d.incoming("F1", 1)
		want := []catalog.Decision{d.full("accept"), d.full("identify")}
		in.Decisions = want
		e := must[catalog.Entry](d)(d.Create(d.ctx, in))
		got, _, err := d.Decisions(d.ctx, e.ID[:8])
		d.ok(err)
		if len(e.Decisions) != 2 || !reflect.DeepEqual(got, want) {
			d.Fatalf("kept %+v\nwant %+v", got, want)
		}
		if got := must[catalog.Entry](d)(d.Get(d.ctx, e.ID)); !reflect.DeepEqual(got.Decisions, want) {
			d.Fatalf("Get returned %+v", got.Decisions)
		}
		for e, err := range d.List(d.ctx, catalog.Filter{}) {
			d.ok(err)
			if len(e.Decisions) != 0 {
				d.Fatalf("List returned %+v", e.Decisions)
			}
		}
	}},
	{"decisions: each transition adds its own, oldest first", func(d *desk) {
		in := d.incoming("F1", 1)
		in.Decisions = several("identify", "authorize")
		e := d.begun(must[catalog.Entry](d)(d.Create(d.ctx, in)))
		d.ok(d.Checkpoint(d.ctx, catalog.Checkpoint{Lease: e.Lease(), Point: point(1)}))
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Decisions: several("filter", "interrupt")}))
		if len(e.Decisions) != 2 {
			d.Fatalf("the transition returned %+v", e.Decisions)
		}
		must[catalog.Entry](d)(d.Keep(d.ctx, e.ID, "root"))
		e = must[catalog.Entry](d)(d.Lift(d.ctx, e.ID, "root"))
		e = d.begun(must[catalog.Entry](d)(d.Restart(d.ctx, e, catalog.Grant{Decisions: several("restart")})))
		e = must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{Decisions: several("verify"), Notify: true}))
		events := must[[]catalog.Event](d)(d.Due(d.ctx, 10))
		if applied := must[bool](d)(d.Settle(d.ctx, events[0].ID, catalog.FollowUp{Decisions: several("done")})); !applied {
			d.Fatal("the follow-up was not applied")
		}
		d.decided(e.ID, "identify", "authorize", "filter", "interrupt", "operator", "operator", "restart", "verify", "done")
	}},
	{"decisions: those of a grant that was undone are undone too", func(d *desk) {
		e := d.receiving("F1", 1)
		e = must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Decisions: several("interrupt")}))
		for range 2 {
			again := must[catalog.Entry](d)(d.Restart(d.ctx, e, catalog.Grant{Decisions: several("resolve", "authorize")}))
			d.decided(e.ID, "interrupt", "resolve", "authorize")
			d.ok(d.Abandon(d.ctx, again.Lease()))
			d.decided(e.ID, "interrupt")
		}
		d.begun(must[catalog.Entry](d)(d.Restart(d.ctx, e, catalog.Grant{Decisions: several("authorize")})))
		d.decided(e.ID, "interrupt", "authorize")
	}},
	{"decisions: beyond the bound the oldest are kept and the others counted", func(d *desk) {
		in := d.incoming("F1", 1)
		for i := range catalog.MaxDecisions - 1 {
			in.Decisions = append(in.Decisions, catalog.Decision{Point: fmt.Sprint(i)})
		}
		e := d.begun(must[catalog.Entry](d)(d.Create(d.ctx, in)))
		must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut, Decisions: several("a", "b", "c")}))
		must[catalog.Entry](d)(d.Keep(d.ctx, e.ID, "root"))
		kept, more, err := d.Decisions(d.ctx, e.ID)
		d.ok(err)
		if len(kept) != catalog.MaxDecisions || more != 3 || kept[0].Point != "0" || kept[len(kept)-1].Point != "a" {
			d.Fatalf("%d are kept, the last is %+v; %d more", len(kept), kept[len(kept)-1], more)
		}
	}},
	{"decisions: they go with their entry", func(d *desk) {
		e := d.interrupted(d.receiving("F1", 1), sdk.NetworkCut)
		must[catalog.Entry](d)(d.Keep(d.ctx, e.ID, "root"))
		must[catalog.Entry](d)(d.Delete(d.ctx, e.ID, "root"))
		_, _, err := d.Decisions(d.ctx, e.ID)
		d.fails(err, catalog.ErrNotFound)
	}},
}
