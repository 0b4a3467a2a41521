package catalogtest

import (
	"errors"
	"strings"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

var browsingRows = []row{
	{"what is at a partner's disposal is shown by name until it is fetched", func(d *desk) {
		for _, name := range []string{"b", "a", "c"} {
			must[catalog.Entry](d)(d.Offer(d.ctx, catalog.Entry{ID: d.newID(), Kind: catalog.File, Partner: "PARIS", Flow: "F", File: name}))
		}
		must[catalog.Entry](d)(d.Offer(d.ctx, catalog.Entry{ID: d.newID(), Kind: catalog.File, Partner: "ROME", Flow: "F", File: "theirs"}))
		d.shows("F", "a b c")
		e := d.named("F", "a")
		e = must[catalog.Entry](d)(d.Release(d.ctx, e, catalog.Grant{}))
		d.shows("F", "b c")
		d.ok(d.Abandon(d.ctx, e.Lease()))
		d.shows("F", "a b c")
		e = must[catalog.Entry](d)(d.Release(d.ctx, d.named("F", "a"), catalog.Grant{}))
		d.ok(d.Begin(d.ctx, e.Lease()))
		must[catalog.Entry](d)(d.Interrupt(d.ctx, e.Lease(), catalog.Interruption{Code: sdk.NetworkCut}))
		d.shows("F", "a b c")
		e = must[catalog.Entry](d)(d.Restart(d.ctx, d.named("F", "a"), catalog.Grant{}))
		d.ok(d.Begin(d.ctx, e.Lease()))
		must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{}))
		d.shows("F", "b c")
	}},
	{"an upload is shown once it has ended, the newest of a name alone, until it is concealed", func(d *desk) {
		first := d.upload("f", true)
		d.shows("F", "f")
		second := d.upload("f", true)
		d.upload("g", true)
		d.upload("unseen", false)
		d.shows("F", "f g")
		if e := d.named("F", "f"); e.ID != second {
			d.Errorf("shown is %s, not the newer %s than %s", e.ID, second, first)
		}
		d.ok(d.Conceal(d.ctx, second, "nobody", first))
		d.shows("F", "g")
	}},
	{"a renamed upload is known by its new name alone", func(d *desk) {
		id, old := d.upload("f.part", true), d.upload("f", true)
		before := must[catalog.Entry](d)(d.Get(d.ctx, id))
		e := must[catalog.Entry](d)(d.Rename(d.ctx, id, catalog.Naming{File: "f", Key: "F/f", Path: "in/f", By: "PARIS",
			Moving: &catalog.Move{Path: "in/f.part", Source: catalog.Source{Size: 3, ETag: "x"}}}))
		if e.File != "f" || e.Path != "in/f" || e.Key.Name != "F/f" || e.Version != before.Version || e.Decided != before.Decided+1 {
			d.Errorf("renamed: %+v", e)
		}
		d.shows("F", "f")
		if e := d.named("F", "f"); e.Moving == nil || e.Moving.Path != "in/f.part" || e.Moving.Source.ETag != "x" {
			d.Errorf("what is moved is not noted: %+v", e.Moving)
		}
		if e := d.named("F", "f"); e.ID != id {
			d.Errorf("shown is %s, not %s; %s was there", e.ID, id, old)
		}
		if _, err := d.Restartable(d.ctx, catalog.RestartKey{Direction: catalog.Receive, Partner: "PARIS", Name: "F/f.part"}); !errors.Is(err, catalog.ErrRestartUnknown) {
			d.Errorf("the old name: %v", err)
		}
	}},
	{"an upload is renamed while it runs and keeps its lease", func(d *desk) {
		e := must[catalog.Entry](d)(d.Create(d.ctx, d.uploaded("a", true)))
		d.ok(d.Begin(d.ctx, e.Lease()))
		must[catalog.Entry](d)(d.Rename(d.ctx, e.ID, catalog.Naming{File: "b", Key: "F/b"}))
		must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{}))
		d.shows("F", "b")
	}},
	{"what was sent cannot be renamed", func(d *desk) {
		e := must[catalog.Entry](d)(d.Offer(d.ctx, catalog.Entry{ID: d.newID(), Kind: catalog.File, Partner: "PARIS", Flow: "F", File: "a"}))
		if _, err := d.Rename(d.ctx, e.ID, catalog.Naming{File: "b", Key: "F/b"}); !errors.Is(err, catalog.ErrTransition) {
			d.Errorf("%v", err)
		}
		if _, err := d.Rename(d.ctx, "nobody", catalog.Naming{File: "b", Key: "F/b"}); !errors.Is(err, catalog.ErrNotFound) {
			d.Errorf("%v", err)
		}
	}},
}

// uploaded is an upload of PARIS to flow F that is about to be created.
func (d *desk) uploaded(name string, listed bool) catalog.Entry {
	return catalog.Entry{ID: d.newID(), Kind: catalog.File, Direction: catalog.Receive, Partner: "PARIS", Flow: "F", File: name, Listed: listed,
		Path: "in/" + name, Key: catalog.RestartKey{Name: "F/" + name}}
}

// upload walks one to its end.
func (d *desk) upload(name string, listed bool) string {
	d.Helper()
	e := must[catalog.Entry](d)(d.Create(d.ctx, d.uploaded(name, listed)))
	d.ok(d.Begin(d.ctx, e.Lease()))
	must[catalog.Entry](d)(d.End(d.ctx, e.Lease(), catalog.Outcome{}))
	return e.ID
}

// shows compares what PARIS sees of a flow, read in pages of two.
func (d *desk) shows(flow, want string) {
	d.Helper()
	var got []string
	for {
		l := catalog.Look{Partner: "PARIS", Flow: flow, Limit: 2}
		if len(got) > 0 {
			l.After = got[len(got)-1]
		}
		page := must[[]catalog.Entry](d)(d.Shown(d.ctx, l))
		for _, e := range page {
			got = append(got, e.ShownAs())
		}
		if len(page) < 2 {
			break
		}
	}
	if strings.Join(got, " ") != want {
		d.Errorf("shown are %q, want %q", got, want)
	}
}

// named is the only entry that PARIS sees by a name.
func (d *desk) named(flow, name string) catalog.Entry {
	d.Helper()
	page := must[[]catalog.Entry](d)(d.Shown(d.ctx, catalog.Look{Partner: "PARIS", Flow: flow, Name: name, Limit: 2}))
	if len(page) != 1 {
		d.Fatalf("%d entries are called %s", len(page), name)
	}
	return page[0]
}
