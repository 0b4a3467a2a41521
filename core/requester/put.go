package requester

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Outgoing is a file to be sent.
type Outgoing struct {
	// Request says what the file is called and what goes with it: File, Label, Type, Priority, Origin, Destination, Text,
	// Terms and Attributes. The call fills in the rest.
	Request sdk.Request
	Form    Form
	Path    string     // of the file on this machine
	Reader  sdk.Reader // the call closes it
	// Restart goes on with an earlier attempt: Request and Form are then those of the context. The call closes it.
	Restart  *Held
	Progress func(Progress)
}

// Put sends a file. It returns nil when the server said that the transfer is over. An *Interrupted says that a restart
// context was kept; any other error that the file was not sent and that nothing is left of the attempt, or, after a
// restart that the server does not know (restart.unknown), that the context is still there.
func (c *Call) Put(ctx context.Context, o Outgoing) (Result, error) {
	t := c.newTransfer(o.Progress)
	t.reader, t.held = o.Reader, o.Restart
	err := c.usable()
	if err == nil {
		err = t.prepareOutgoing(o)
	}
	if err == nil {
		err = t.put(ctx)
	}
	fresh := !t.restart
	res, err := t.finish(ctx, err)
	if err == nil && fresh {
		err = c.supersede(o)
	}
	return res, err
}

// supersede drops the contexts of earlier attempts at a file that has been sent anew.
func (c *Call) supersede(o Outgoing) error {
	path, err := filepath.Abs(o.Path)
	if err != nil || c.o.Contexts == nil {
		return err
	}
	all, _ := c.o.Contexts.List() // one that is damaged is no business of this transfer
	for _, x := range all {
		if x.Direction != sdk.Send || x.Path != path || x.Request.File != o.Request.File || x.As != c.o.Claim.Name || x.Called != c.o.Claim.CalledName {
			continue
		}
		h, err := c.o.Contexts.Take(x.ID)
		if errors.Is(err, ErrBusy) || errors.Is(err, ErrNoContext) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(h.Remove(), h.Close()); err != nil {
			return err
		}
	}
	return nil
}

// prepareOutgoing makes the context of a new transfer, or checks that of a restart against the file.
func (t *transfer) prepareOutgoing(o Outgoing) error {
	info := t.reader.Info()
	t.total = info.Size
	if t.restart = t.held != nil; t.restart {
		x := t.held.Context()
		t.named(x)
		if x.Direction != sdk.Send {
			t.final = true
			return fmt.Errorf("restart context %s is of a file received", x.ID)
		}
		if x.Size != info.Size || !x.Modified.Equal(info.Modified) {
			t.final = true
			return fmt.Errorf("restart %s: %w: %s; send it anew without a restart", x.ID, ErrChanged, x.Path)
		}
		t.request = x.Request
		t.request.Restart = true
		t.acked = x.Last.Number
		return nil
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return err
	}
	r := o.Request
	r.Action, r.Size, r.Restart = sdk.ActionCreate, info.Size, false
	r.Terms = append(r.Terms, o.Form.terms()...)
	if err := t.enter(sdk.Send, r); err != nil {
		return err
	}
	t.void = true // until the request is on its way
	err = t.update(func(x *Context) {
		x.Form, x.Path, x.Size, x.Modified = o.Form, path, info.Size, info.Modified
		x.Attempts = 1
	})
	x := t.held.Context()
	t.request = x.Request
	t.named(x)
	return err
}

// named notes what is known of the file before the server answers.
func (t *transfer) named(x Context) {
	t.result.Number, t.result.File, t.result.Label, t.result.Path = x.Request.Number, x.Request.File, x.Request.Label, x.Path
}

// terms are what the file's form asks of the protocol beyond what was negotiated.
func (f Form) terms() sdk.Terms {
	var t sdk.Terms
	if f.RecordLength > 0 {
		t = append(t, sdk.NumberTerm("record_length", int64(f.RecordLength)))
	}
	if f.Records == sdk.RecordsLines || f.Records == sdk.RecordsPrefixed || f.Fixed {
		t = append(t, sdk.FlagTerm("records", true))
	}
	if f.Fixed {
		t = append(t, sdk.FlagTerm("fixed", true))
	}
	return t
}

// put walks phases 3 and 4.
func (t *transfer) put(ctx context.Context) error {
	if err := t.askToCreate(ctx); err != nil || t.at == ended {
		return err
	}
	point, err := t.begin(ctx, stream.Mark{})
	if err != nil {
		return err
	}
	if err := t.startSending(point); err != nil {
		return err
	}
	return t.move(ctx)
}

// askToCreate says the request. A restart that the server refuses because it has the file is a success; one that it does
// not know is begun anew if no data has ever flowed.
func (t *transfer) askToCreate(ctx context.Context) error {
	refusal, err := t.ask(ctx)
	if err != nil || refusal == nil {
		return err
	}
	switch {
	case !t.restart:
		t.void = true
	case refusal.Code == sdk.Duplicate:
		t.at, t.result.Already = ended, true
		return nil
	case refusal.Code == sdk.RestartUnknown && !t.held.Context().Begun:
		t.restart, t.request.Restart = false, false
		return t.askToCreate(ctx)
	case refusal.Code == sdk.RestartUnknown:
		t.final = true
	}
	return refusal
}

// ask says the request and waits for the grant. A grant that comes after the caller's context has ended is given back.
func (t *transfer) ask(ctx context.Context) (*sdk.Refusal, error) {
	c := t.call
	c.x.Arm(sdk.TimerOfMessage, c.o.Timeouts.Message)
	if t.request.Action == sdk.ActionCreate {
		t.void = false // the server may have it from here on
	}
	r := t.request
	if err := c.say(sdk.Message{Kind: sdk.KindRequest, Ref: t.ref, Request: &r}); err != nil {
		return nil, err
	}
	e, err := c.await(ctx, t.ref, sdk.KindGrant, sdk.KindRefuse)
	if err != nil {
		return nil, err
	}
	if e.Kind == sdk.KindRefuse {
		return byPeer(e.Refusal), nil
	}
	t.at, t.selected = granted, true
	t.granted(e.Grant)
	if err := c.halted(); err != nil {
		t.void = !t.restart
		return nil, err
	}
	return nil, nil
}

// granted notes what the server says of the file.
func (t *transfer) granted(g *sdk.Grant) {
	if g.File != "" {
		t.result.File = g.File
	}
	if g.Label != "" {
		t.result.Label = g.Label
	}
	if t.request.Action == sdk.ActionRead {
		t.total = g.Size
		t.result.Number = g.Number
	}
}

// startSending begins to read the file where the server wants it from.
func (t *transfer) startSending(point int64) error {
	x := t.held.Context()
	from, known := x.find(point)
	t.acked, t.safe, t.result.Restart = point, from.File, point
	if err := t.update(func(x *Context) {
		x.Begun = true
		if t.request.Restart {
			x.Attempts++
		}
	}); err != nil {
		return t.stop(err, true)
	}
	if !known {
		return t.stop(sdk.Refuse(sdk.RestartPoint, "the server wants to go on from sync point %d, which is not known here; send the file anew without a restart", point), true)
	}
	if point > 0 {
		if err := t.call.say(sdk.Message{Kind: sdk.KindStart, Ref: t.ref, Point: point, State: from.State}); err != nil {
			return err
		}
	}
	open := func(gap, max int) (*stream.Sender, error) {
		return stream.NewSender(stream.SenderOptions{Reader: t.reader, Records: x.Form.Records,
			Delimiter: []byte(x.Form.Delimiter), RecordLength: x.Form.RecordLength, Fixed: x.Form.Fixed, Digest: true,
			From: from, Gap: gap, Max: max, Pool: t.call.o.Pool})
	}
	var err error
	t.outlet, err = t.call.x.NewOutlet(t.ref, from, open, exchange.Points{Save: t.savePoints, Strict: true})
	if err != nil {
		return t.stop(err, true)
	}
	return nil
}
