package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/decision"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// progress is how far a transfer of this session has come.
type progress uint8

const (
	asked     progress = iota // the request waits for its grant
	granted                   // the grant was said, Begin was not answered
	moving                    // data may flow
	finishing                 // everything is there; the end is being made durable
	stopping                  // our Stop was said, Stopped was not heard
	stopped                   // it stopped early; the entry is interrupted, the file still selected
	ended                     // it ended well
)

// transfer is one file of a session, from its request to the moment it is deselected.
type transfer struct {
	ref       uint32
	at        progress
	direction sdk.Direction
	request   sdk.Request
	facts     sdk.Facts // the session's, with those of this file
	flow      *Flow
	entry     catalog.Entry
	found     foundAs
	lost      bool // the data of a restarted entry is gone: it begins anew
	decisions []catalog.Decision
	labels    map[string]string // that resolve adds to an entry that was there
	priority  *int              // that it gives to one; nil: as it was
	target    sdk.Target
	backend   sdk.Backend
	place     placement
	asked     time.Time // when the request came
	began     time.Time // when its data was allowed to flow
	release   func()    // its transfer slot

	writer  sdk.Writer // receiving
	inlet   *exchange.Inlet
	outcome *sdk.Refusal // what End brought
	ending  bool         // End was heard or said
	counts  sdk.Counts
	from    stream.Mark // where this attempt began
	payload int64       // bytes that were heard in this attempt
	marked  int64       // the last point that was heard
	heard   heard       // when those were that are not acknowledged
	rewinds int
	going   bool // back: the disk follows a rewind
	ours    bool // the rewind under way is ours

	whole      stream.Totals // of the file that came to its end; none until then
	aside      *aside        // what is done beside the loop, at its end; nil: nothing is
	quarantine *string       // where a verify exit wants a refused file

	filters *chain.Filters // of this attempt; nil: none
	taken   bool           // a stream has taken them, and closes them
	opened  time.Time      // when they were

	reader sdk.Reader // sending
	outlet *exchange.Outlet
	acked  int64 // the last point that was acknowledged, either way

	// Of a peer that pipelines: it names files by their paths and says which bytes it means.
	named   *named          // nil: another kind of peer
	own     *catalog.Entry  // the upload of its own that it fetches
	fetch   *exchange.Fetch // sending
	begun   bool            // the catalog knows that the fetch was begun
	placed  bool            // receiving: data has come
	shift   int64           // between the peer's offsets and the file's
	high    int64           // where the file ends as the peer sees it
	syncs   []syncAsked     // not answered yet
	renamed bool            // while it was open

	halt    *sdk.Refusal // an operator's command that came before Begin
	why     *sdk.Refusal // why it is being stopped
	keep    bool
	waiters []chan error // operators who wait for the stop
}

// foundAs says how the request was linked to the catalog.
type foundAs uint8

const (
	isNew       foundAs = iota // no entry: one is created
	isHeld                     // an available entry is released
	isRestarted                // an interrupted entry goes on
)

// placement is where the file is or will be, as the exits left it.
type placement struct {
	path, backend string
	onExists      sdk.OnExists
	attributes    map[string]string
}

// lease is the right to move the transfer's entry.
func (t *transfer) lease() catalog.Lease { return t.entry.Lease() }

// started reports whether Begin was answered: from there on a stop leaves an interrupted entry.
func (t *transfer) started() bool { return t.at == moving || t.at == finishing || t.at == stopping }

// owed reports whether the peer waits for us: it owes nothing then.
func (t *transfer) owed() bool {
	switch {
	case t.at == finishing:
		return true
	case t.at != moving:
		return false
	case t.outlet != nil:
		return t.outlet.Reading()
	case t.fetch != nil:
		return t.fetch.Reading()
	}
	return t.going || t.marked > t.acked
}

// closeStreams ends the goroutines that move bytes and closes the file, leaving the part.
func (t *transfer) closeStreams() {
	if t.inlet != nil {
		t.inlet.Close()
	}
	if t.outlet != nil {
		t.outlet.Close()
	}
	if t.fetch != nil {
		t.fetch.Close()
	}
	t.closeFilters()
	t.inlet, t.outlet = nil, nil
}

// closeFilters closes filters that no stream has taken, and keeps what all of them came to.
func (t *transfer) closeFilters() {
	if t.filters == nil {
		return
	}
	if !t.taken {
		_ = t.filters.Close()
	}
	t.decisions = append(t.decisions, decision.Kept(t.opened, t.filters.Decisions())...)
	t.filters, t.taken = nil, false
}

// closeFile closes what closeStreams left open.
func (t *transfer) closeFile() error {
	var err error
	if t.writer != nil {
		err = t.writer.Close()
	}
	if t.reader != nil {
		err = t.reader.Close()
	}
	t.writer, t.reader = nil, nil
	if err != nil {
		return fmt.Errorf("close the file of %s: %w", t.entry.ID, err)
	}
	return nil
}

// undo takes back a grant that was never begun, or a request that was refused: nothing of it stays.
func (t *transfer) undo(ctx context.Context, c catalog.Catalog) error {
	var err error
	if t.at == granted {
		err = c.Abandon(ctx, t.lease())
	}
	if t.writer != nil && (t.found != isRestarted || t.lost) {
		err = errors.Join(err, t.writer.Discard())
		t.writer = nil
	}
	err = errors.Join(err, t.closeFile())
	t.giveBack()
	return err
}

// giveBack returns the transfer slot.
func (t *transfer) giveBack() {
	if t.release != nil {
		t.release()
		t.release = nil
	}
}

// answer tells the operators who waited for the stop.
func (t *transfer) answer(err error) {
	for _, w := range t.waiters {
		w <- err
	}
	t.waiters = nil
}
