package requester

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

// settle closes what a transfer holds and decides what is left of it: nothing when it ended well or cannot go on, a
// restart context otherwise.
func (t *transfer) settle(err error) (Result, error) {
	point := t.closeStreams()
	t.result.Duration = t.call.o.Now().Sub(t.began)
	if t.held == nil {
		return t.result, errors.Join(err, t.closeFile(false))
	}
	x := t.held.Context()
	t.result.Context = x.ID
	if err == nil { // both sides have the file: what is left over is untidy, and no failure
		t.result.Warning = errors.Join(t.closeFile(false), t.held.Remove(), t.held.Close())
		return t.result, nil
	}
	if t.void || t.held.s == nil {
		return t.result, errors.Join(err, t.closeFile(true), t.held.Remove(), t.held.Close())
	}
	saved := errors.Join(t.closeFile(false), t.update(func(c *Context) { c.Reason = err.Error() }), t.held.Close())
	if t.final {
		return t.result, errors.Join(err, saved)
	}
	return t.result, &Interrupted{Context: x.ID, Point: point, Cause: errors.Join(err, saved)}
}

// closeStreams makes durable what can be, ends the goroutines that move bytes and tells the last point both sides have.
func (t *transfer) closeStreams() int64 {
	if t.inlet != nil {
		m := t.inlet.Stop()
		t.acked, t.result.Bytes = m.Point, m.File
		t.inlet.Close()
		t.call.x.Receiving(false)
	}
	if t.outlet != nil {
		if t.at != ended && t.at != finishing {
			t.result.Bytes = t.outlet.Position().File
		}
		t.outlet.Close()
	}
	t.inlet, t.outlet = nil, nil
	return t.acked
}

// closeFile closes the file; drop also removes what was received of it.
func (t *transfer) closeFile(drop bool) error {
	var err error
	switch {
	case t.reader != nil:
		err = t.reader.Close()
	case t.writer != nil && drop:
		err = t.writer.Discard()
	case t.writer != nil:
		err = t.writer.Close()
	}
	t.reader, t.writer = nil, nil
	if err != nil {
		return fmt.Errorf("close the file: %w", err)
	}
	return nil
}

// leave deselects the file.
func (t *transfer) leave(ctx context.Context, why error) error {
	c := t.call
	if c.over != nil || !t.selected {
		return nil
	}
	c.x.Arm(sdk.TimerOfMessage, c.o.Timeouts.Message)
	var outcome *sdk.Refusal
	if why != nil {
		outcome = sdk.ToRefusal(why, sdk.DataIO)
	}
	if err := c.say(sdk.Message{Kind: sdk.KindLeave, Ref: t.ref, Refusal: outcome}); err != nil {
		return err
	}
	e, err := c.await(ctx, t.ref, sdk.KindLeave)
	if err != nil {
		return err
	}
	if e.Refusal != nil {
		return byPeer(e.Refusal)
	}
	return nil
}

// finish leaves the file and puts the parts of the outcome together.
func (t *transfer) finish(ctx context.Context, err error) (Result, error) {
	left := t.leave(ctx, err)
	if err == nil && t.at == ended && t.call.over == nil && left != nil {
		t.void = true // the server thinks otherwise after all
		err = left
	}
	return t.settle(err)
}
