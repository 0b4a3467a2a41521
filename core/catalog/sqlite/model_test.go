package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/model"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

// pair runs the same operations on the database and on the model.
type pair struct {
	*rapid.T
	db    *sqlite.Catalog
	ref   *model.Catalog
	ctx   context.Context
	clock time.Time
	ids   []string
	path  string

	full, crowded bool // the database has no room; the journal hardly any
}

func TestTheDatabaseAnswersAsTheModelDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "catalog-model-")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		p := &pair{T: rt, ctx: context.Background(), clock: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), path: filepath.Join(dir, "catalog.db")}
		now := func() time.Time { return p.clock }
		p.ref = model.New(now)
		p.open()
		defer func() { p.db.Close() }()
		p.Repeat(map[string]func(*rapid.T){
			"compare": p.compare,
			"create":  p.create,
			"offer":   p.offer,
			"fetch":   p.fetch,
			"restart": p.restart,
			"begin":   func(rt *rapid.T) { l := p.lease(rt); p.same("begin", l, p.db.Begin(p.ctx, l), p.ref.Begin(p.ctx, l)) },
			"abandon": func(rt *rapid.T) {
				l := p.lease(rt)
				p.same("abandon", l, p.db.Abandon(p.ctx, l), p.ref.Abandon(p.ctx, l))
			},
			"checkpoint":  p.checkpoint,
			"end":         p.end,
			"interrupt":   p.interrupt,
			"operate":     p.operate,
			"rename":      p.rename,
			"conceal":     p.conceal,
			"shown":       p.shown,
			"":            p.count, // after each
			"settle":      p.settle,
			"acknowledge": p.acknowledge,
			"refuse":      p.refuse,
			"purge":       p.purge,
			"crash":       p.crash,
			"kill":        p.kill,
			"full":        p.fillUp,
			"crowd":       p.crowd,
			"squeeze":     p.squeeze,
			"look":        p.look,
			"time": func(rt *rapid.T) {
				p.clock = p.clock.Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "s")) * time.Second)
			},
		})
		p.compare(rt)
	})
}

func (p *pair) open() {
	db, err := sqlite.Open(p.path, sqlite.Options{Now: func() time.Time { return p.clock }})
	if err != nil {
		p.Fatalf("open: %v", err)
	}
	p.db, p.full, p.crowded = db, false, false
}

var sentinels = []error{catalog.ErrNone, catalog.ErrNotFound, catalog.ErrExists, catalog.ErrStale, catalog.ErrTransition,
	catalog.ErrInvalid, catalog.ErrRestartUnknown, catalog.ErrDuplicate, catalog.ErrBusy}

func (p *pair) same(what string, with any, got, want error) {
	for _, s := range sentinels {
		if errors.Is(got, s) != errors.Is(want, s) || (got == nil) != (want == nil) {
			p.Fatalf("%s %+v: the database says %v, the model %v", what, with, got, want)
		}
	}
}

func (p *pair) sameEntry(what string, got, want catalog.Entry, gerr, werr error) {
	p.same(what, want.ID, gerr, werr)
	if gerr == nil && !reflect.DeepEqual(got, want) {
		p.Fatalf("%s: the database has\n%+v\nthe model\n%+v", what, got, want)
	}
}

// compare looks at everything that can be read.
func (p *pair) compare(*rapid.T) {
	p.room()
	for _, f := range []catalog.Filter{{}, {Partner: "PARIS"}, {Flow: "B", Limit: 2}, {Status: catalog.Interrupted}, {Limit: 3, Last: true}, {Since: p.clock.Add(-50 * time.Second)}} {
		p.sameSeq(f, unbegun(collect(p, p.db.List(p.ctx, f))), unbegun(collect(p, p.ref.List(p.ctx, f))))
	}
	f := catalog.RefusalFilter{}
	p.sameSeq(f, collect(p, p.db.Refused(p.ctx, f)), collect(p, p.ref.Refused(p.ctx, f)))
	g, gerr := p.db.Due(p.ctx, 5)
	w, werr := p.ref.Due(p.ctx, 5)
	p.same("due", nil, gerr, werr)
	p.sameSeq("due", g, w)
}

// unbegun leaves out whether data had begun: readers of the database may see it late.
func unbegun(list []catalog.Entry) []catalog.Entry {
	for i := range list {
		list[i].Begun = false
	}
	return list
}

func (p *pair) sameSeq(what, got, want any) {
	if reflect.ValueOf(got).Len() == 0 && reflect.ValueOf(want).Len() == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		p.Fatalf("%+v: the database lists\n%+v\nthe model\n%+v", what, got, want)
	}
}

func collect[T any](p *pair, seq iter.Seq2[T, error]) (out []T) {
	for v, err := range seq {
		if err != nil {
			p.Fatalf("list: %v", err)
		}
		out = append(out, v)
	}
	return out
}

func partner(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"PARIS", "ROME"}).Draw(rt, "partner")
}
func name(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"A", "B", "C%", "*"}).Draw(rt, "name")
}

func (p *pair) entry(rt *rapid.T) catalog.Entry {
	id := fmt.Sprintf("%centry%04d", "bac"[len(p.ids)%3], len(p.ids)) // in and out of order
	if len(p.ids) > 0 && rapid.IntRange(0, 20).Draw(rt, "again") == 0 {
		id = rapid.SampledFrom(p.ids).Draw(rt, "id")
	} else {
		p.ids = append(p.ids, id)
	}
	return catalog.Entry{ID: id, Direction: rapid.SampledFrom([]catalog.Direction{catalog.Receive, catalog.Receive, catalog.Send}).Draw(rt, "direction"),
		Partner: partner(rt), Flow: name(rt), File: name(rt), Priority: rapid.IntRange(0, 2).Draw(rt, "priority"), Size: 5,
		Listed: rapid.Bool().Draw(rt, "listed"), Labels: map[string]string{"a": "b"}, Decisions: decisions(rt), Text: rapid.SampledFrom([]string{"", strings.Repeat("x", 3000)}).Draw(rt, "text"),
		Key: catalog.RestartKey{Name: name(rt), Number: rapid.Int64Range(0, 4).Draw(rt, "number")}}
}

func (p *pair) create(rt *rapid.T) {
	e := p.entry(rt)
	if was := p.any(rt); was.Partner != "" && rapid.IntRange(0, 2).Draw(rt, "twin") == 0 {
		e.Partner, e.Key = was.Partner, was.Key
	}
	g, gerr := p.db.Create(p.ctx, e)
	w, werr := p.ref.Create(p.ctx, e)
	p.sameEntry("create", g, w, gerr, werr)
}

func (p *pair) offer(rt *rapid.T) {
	e := p.entry(rt)
	p.note()
	g, gerr := p.db.Offer(p.ctx, e)
	if p.lost(gerr) {
		return
	}
	w, werr := p.ref.Offer(p.ctx, e)
	p.sameEntry("offer", g, w, gerr, werr)
}

func (p *pair) fetch(rt *rapid.T) {
	q := catalog.Wanted{Partner: partner(rt), Name: name(rt)}
	g, gerr := p.db.Held(p.ctx, q)
	w, werr := p.ref.Held(p.ctx, q)
	p.sameEntry("held", g, w, gerr, werr)
	if gerr != nil {
		return
	}
	grant := catalog.Grant{Session: "s", Key: catalog.RestartKey{Name: q.Name, Number: rapid.Int64Range(0, 4).Draw(rt, "number")}}
	g, gerr = p.db.Release(p.ctx, g, grant)
	w, werr = p.ref.Release(p.ctx, w, grant)
	p.sameEntry("release", g, w, gerr, werr)
}

// any draws an entry from the model; ok is false when there is none.
func (p *pair) any(rt *rapid.T) catalog.Entry {
	all := collect(p, p.ref.List(p.ctx, catalog.Filter{}))
	if len(all) == 0 {
		return catalog.Entry{ID: "entry-none"}
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")]
}

func (p *pair) restart(rt *rapid.T) {
	key := p.any(rt).Key
	g, gerr := p.db.Restartable(p.ctx, key)
	w, werr := p.ref.Restartable(p.ctx, key)
	p.sameEntry("restartable", g, w, gerr, werr)
	if gerr != nil {
		return
	}
	g, gerr = p.db.Restart(p.ctx, g, catalog.Grant{Session: "again"})
	w, werr = p.ref.Restart(p.ctx, w, catalog.Grant{Session: "again"})
	p.sameEntry("restart", g, w, gerr, werr)
}

func (p *pair) lease(rt *rapid.T) catalog.Lease {
	l := p.any(rt).Lease()
	if rapid.IntRange(0, 9).Draw(rt, "old") == 0 {
		l.Fence--
	}
	return l
}

func (p *pair) checkpoint(rt *rapid.T) {
	var points []catalog.Checkpoint
	for range rapid.IntRange(1, 3).Draw(rt, "points") {
		n := rapid.Int64Range(0, 9).Draw(rt, "n")
		points = append(points, catalog.Checkpoint{Lease: p.lease(rt), Point: catalog.Point{Number: n, FileOffset: n * 10, Protocol: []byte{byte(n)}}})
	}
	p.same("checkpoint", points, p.db.Checkpoint(p.ctx, points...), p.ref.Checkpoint(p.ctx, points...))
}

func (p *pair) end(rt *rapid.T) {
	l := p.lease(rt)
	o := catalog.Outcome{Bytes: 7, Notify: rapid.Bool().Draw(rt, "notify"), AckExpected: rapid.Bool().Draw(rt, "ack")}
	g, gerr := p.db.End(p.ctx, l, o)
	w, werr := p.ref.End(p.ctx, l, o)
	p.sameEntry("end", g, w, gerr, werr)
}

func (p *pair) interrupt(rt *rapid.T) {
	l := p.lease(rt)
	i := catalog.Interruption{Code: rapid.SampledFrom([]catalog.Code{sdk.NetworkCut, sdk.OperatorHalt}).Draw(rt, "code"),
		Keep: rapid.Bool().Draw(rt, "keep"), Notify: rapid.Bool().Draw(rt, "notify")}
	g, gerr := p.db.Interrupt(p.ctx, l, i)
	w, werr := p.ref.Interrupt(p.ctx, l, i)
	p.sameEntry("interrupt", g, w, gerr, werr)
}

func (p *pair) operate(rt *rapid.T) {
	id := p.any(rt).ID
	verbs := map[string]func(catalog.Operator) (catalog.Entry, error){
		"keep":   func(c catalog.Operator) (catalog.Entry, error) { return c.Keep(p.ctx, id, "root") },
		"lift":   func(c catalog.Operator) (catalog.Entry, error) { return c.Lift(p.ctx, id, "root") },
		"resume": func(c catalog.Operator) (catalog.Entry, error) { return c.Resume(p.ctx, id, "root") },
		"delete": func(c catalog.Operator) (catalog.Entry, error) { return c.Delete(p.ctx, id, "root") },
	}
	verb := rapid.SampledFrom([]string{"keep", "lift", "resume", "delete"}).Draw(rt, "verb")
	g, gerr := verbs[verb](p.db)
	w, werr := verbs[verb](p.ref)
	p.sameEntry(verb, g, w, gerr, werr)
}

func (p *pair) settle(rt *rapid.T) {
	due, err := p.ref.Due(p.ctx, 5)
	if err != nil || len(due) == 0 {
		return
	}
	p.note()
	v := rapid.SampledFrom(due).Draw(rt, "event")
	if rapid.Bool().Draw(rt, "postpone") {
		until := p.clock.Add(time.Duration(rapid.IntRange(-5, 20).Draw(rt, "until")) * time.Second)
		if err := p.db.Postpone(p.ctx, v.ID, until, "x"); !p.lost(err) {
			p.same("postpone", v, err, p.ref.Postpone(p.ctx, v.ID, until, "x"))
		}
		return
	}
	f := catalog.FollowUp{Action: rapid.SampledFrom([]catalog.Action{"", catalog.Leave, catalog.Hold, catalog.Drop, catalog.Remove, "odd"}).Draw(rt, "action"),
		Comment: rapid.SampledFrom([]string{"", "seen"}).Draw(rt, "comment")}
	g, gerr := p.db.Settle(p.ctx, v.ID, f)
	if p.lost(gerr) {
		return
	}
	w, werr := p.ref.Settle(p.ctx, v.ID, f)
	p.same("settle", f, gerr, werr)
	if g != w {
		p.Fatalf("settle %+v: applied %v, the model %v", f, g, w)
	}
}

func (p *pair) acknowledge(rt *rapid.T) {
	a := catalog.Ack{Key: p.any(rt).Key, Rejected: rapid.Bool().Draw(rt, "rejected")}
	g, gerr := p.db.Acknowledge(p.ctx, a)
	w, werr := p.ref.Acknowledge(p.ctx, a)
	p.sameEntry("acknowledge", g, w, gerr, werr)
}

func (p *pair) refuse(rt *rapid.T) {
	r := catalog.Refusal{Phase: "file", Code: sdk.FlowUnknown, Partner: partner(rt), Time: p.clock}
	batch := make([]catalog.Refusal, rapid.IntRange(1, 8).Draw(rt, "n"))
	for i := range batch {
		batch[i] = r
	}
	p.note()
	if err := p.db.Refuse(p.ctx, batch...); !p.lost(err) {
		p.same("refuse", r, err, p.ref.Refuse(p.ctx, batch...))
	}
}

func (p *pair) purge(rt *rapid.T) {
	keep := func(what string) time.Duration {
		return time.Duration(rapid.IntRange(0, 100).Draw(rt, what)) * time.Second
	}
	r := catalog.Retention{Done: keep("done"), Available: keep("available"), Interrupted: keep("interrupted"), Kept: keep("kept"),
		Processing: keep("processing"), DoneByFlow: map[string]time.Duration{"A": keep("flow")}}
	p.note()
	g, gerr := p.db.Purge(p.ctx, r, 1000)
	if p.lost(gerr) {
		return
	}
	w, werr := p.ref.Purge(p.ctx, r, 1000)
	p.same("purge", r, gerr, werr)
	if len(g) != len(w) {
		p.Fatalf("purge removed %d entries, the model %d", len(g), len(w))
	}
}

// crash closes the database as a stop would, opens it and recovers both.
func (p *pair) crash(rt *rapid.T) {
	notify := rapid.Bool().Draw(rt, "notify")
	if err := p.db.Close(); err != nil {
		p.Fatalf("close: %v", err)
	}
	p.recover(notify)
}

// kill goes on with a copy of the files as they are while the database is open, as the system leaves them when the process
// is killed: what the database does not have yet is in the journal.
func (p *pair) kill(rt *rapid.T) {
	notify := rapid.Bool().Draw(rt, "notify")
	p.note()
	from, to := filepath.Dir(p.path), p.path+".killed"
	if err := os.Mkdir(to, 0o700); err != nil {
		p.Fatal(err)
	}
	for _, name := range []string{"catalog.db-redo", "catalog.db", "catalog.db-wal", "catalog.id"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			p.Fatal(err)
		}
	}
	p.db.Close()
	p.path = filepath.Join(to, "catalog.db")
	p.recover(notify)
}

func (p *pair) recover(notify bool) {
	p.open()
	g, gerr := p.db.Recover(p.ctx, notify)
	w, werr := p.ref.Recover(p.ctx, notify)
	p.same("recover", nil, gerr, werr)
	p.sameSeq("recover", g, w)
}
