package session

import (
	"context"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/exchange"
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
	target    sdk.Target
	backend   sdk.Backend
	place     placement
	began     time.Time
	release   func() // its transfer slot

	writer  sdk.Writer // receiving
	inlet   *exchange.Inlet
	outcome *sdk.Refusal // what End brought
	ending  bool         // End was heard or said
	counts  sdk.Counts
	rewinds int
	ours    bool // the rewind under way is ours

	quarantine *string // where a verify exit wants a refused file

	reader sdk.Reader // sending
	outlet *exchange.Outlet
	acked  int64 // the last point that was acknowledged, either way

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

// closeStreams ends the goroutines that move bytes and closes the file, leaving the part.
func (t *transfer) closeStreams() {
	if t.inlet != nil {
		t.inlet.Close()
	}
	if t.outlet != nil {
		t.outlet.Close()
	}
	t.inlet, t.outlet = nil, nil
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
func (t *transfer) undo(ctx context.Context, c catalog.Catalog) {
	if t.at == granted {
		_ = c.Abandon(ctx, t.lease())
	}
	if t.writer != nil && t.found != isRestarted {
		_ = t.writer.Discard()
		t.writer = nil
	}
	_ = t.closeFile()
	t.giveBack()
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
