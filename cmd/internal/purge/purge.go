// Package purge removes what is older than its retention from the catalog, on schedule and when an operator asks: in
// small commits with pauses between them, so that transfers have their turn.
//
// What is too old is the configuration's to say, and how to remove it the catalog's.
//
// The main calls are [Purger.Run] and [Purger.Now].
package purge

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/postern/postern/core/catalog"
)

// Catalog is what is purged.
type Catalog interface {
	Purge(ctx context.Context, r catalog.Retention, limit int) ([]catalog.Entry, error)
	PurgeRefusals(ctx context.Context, before time.Time, limit int) (int, error)
}

// Settings are those of the configuration of now.
type Settings struct {
	Retention catalog.Retention
	Refusals  time.Duration // 0: they stay
	Batch     int           // most that one commit removes
	// Next tells when the next purge is due after the last one, or after the start of the server; ok is false where only
	// operators purge.
	Next func(after time.Time, first bool) (due time.Time, ok bool)
}

// Options of a purger. All are needed but Done.
type Options struct {
	Catalog  Catalog
	Settings func() Settings
	Removed  func(catalog.Entry) // removes what belonged to an entry
	Done     func(Result)        // is told of each purge on schedule that removed something, or failed
	Log      *slog.Logger
}

// Result is what a purge removed. It may have removed something before it failed.
type Result struct {
	At       time.Time     `json:"at"`
	Entries  int           `json:"entries"`
	Refusals int           `json:"refusals"`
	Took     time.Duration `json:"-"`
	Err      error         `json:"-"`
}

// Purger purges. Only one purge runs at a time.
type Purger struct {
	o     Options
	turn  sync.Mutex
	mu    sync.Mutex
	last  Result
	since time.Time // of the last purge, or of the start
	first bool
}

// New makes a purger.
func New(o Options) *Purger { return &Purger{o: o, since: time.Now(), first: true} }

// Last tells what the last purge on schedule removed; the zero value: there was none yet.
func (p *Purger) Last() Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// Due tells when the next purge is due; the zero time: only operators purge.
func (p *Purger) Due() time.Time {
	due, _ := p.next()
	return due
}

func (p *Purger) next() (due time.Time, ok bool) {
	p.mu.Lock()
	since, first := p.since, p.first
	p.mu.Unlock()
	return p.o.Settings().Next(since, first)
}

// look is how often the schedule is looked at: a reload may have changed it.
const look = time.Minute

// The share of the time that a purge leaves to others: a purge on schedule works a fifth of it.
const (
	scheduled = 4
	asked     = 1
)

// Run purges on schedule until ctx ends. It waits for no batch longer than that.
func (p *Purger) Run(ctx context.Context) {
	for {
		due, ok := p.next()
		wait := look
		if ok {
			wait = min(wait, time.Until(due))
		}
		if wait > 0 && !pause(ctx, wait) {
			return
		}
		if ok && time.Until(due) <= 0 {
			p.scheduled(ctx)
		}
	}
}

func (p *Purger) scheduled(ctx context.Context) {
	r := p.purge(ctx, scheduled)
	if ctx.Err() != nil {
		r.Err = nil // the server stops: the next one goes on
	}
	p.mu.Lock()
	p.last, p.since, p.first = r, time.Now(), false
	p.mu.Unlock()
	switch {
	case r.Err != nil:
		p.o.Log.Error("what is older than its retention was not removed", "entries", r.Entries, "refusals", r.Refusals, "error", r.Err)
	case r.Entries+r.Refusals > 0:
		p.o.Log.Info("removed what was older than its retention", "entries", r.Entries, "refusals", r.Refusals, "duration", r.Took)
	default:
		return
	}
	if p.o.Done != nil {
		p.o.Done(r)
	}
}

// Now purges at once, and returns when nothing is left that is too old.
func (p *Purger) Now(ctx context.Context) (Result, error) {
	r := p.purge(ctx, asked)
	return r, r.Err
}

func (p *Purger) purge(ctx context.Context, rest int) Result {
	p.turn.Lock()
	defer p.turn.Unlock()
	s := p.o.Settings()
	r := Result{At: time.Now()}
	r.Err = batches(ctx, rest, func() (int, error) {
		gone, err := p.o.Catalog.Purge(ctx, s.Retention, s.Batch)
		r.Entries += len(gone)
		for _, e := range gone {
			p.o.Removed(e)
		}
		return len(gone), err
	})
	if r.Err == nil && s.Refusals > 0 {
		r.Err = batches(ctx, rest, func() (int, error) {
			n, err := p.o.Catalog.PurgeRefusals(ctx, time.Now().Add(-s.Refusals), s.Batch)
			r.Refusals += n
			return n, err
		})
	}
	r.Took = time.Since(r.At)
	if r.Err != nil {
		r.Err = fmt.Errorf("purge: %w", r.Err)
	}
	return r
}

// batches removes until nothing is left, and rests after each batch for so many times as long as it took.
func batches(ctx context.Context, rest int, batch func() (int, error)) error {
	for {
		began := time.Now()
		if n, err := batch(); err != nil || n == 0 {
			return err
		}
		if !pause(ctx, max(time.Duration(rest)*time.Since(began), time.Millisecond)) {
			return ctx.Err()
		}
	}
}

// pause waits; false: ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
