package requester

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Incoming is a file to be fetched.
type Incoming struct {
	// Request says what is wanted: File (masks allowed), Type, Priority, Origin, Destination, Text and Terms. The call
	// fills in the rest.
	Request  sdk.Request
	Form     Form
	Folder   string // Backend's root, kept in the restart context
	Backend  sdk.Backend
	OnExists sdk.OnExists
	// Place gives the path inside Backend. It is called once the server has said what the file is called; what it refuses
	// leaves the file with the server.
	Place func(sdk.Grant) (string, error)
	// Restart goes on with an earlier attempt: Request, Form and the place are then those of the context, but OnExists
	// counts where it is given. The call closes it.
	Restart  *Held
	Progress func(Progress)
}

// Get fetches a file. It returns nil when the file has its name, durably, and the server said that the transfer is over.
// Errors are those of Put; a *sdk.Refusal with the code file.missing says that there is nothing to fetch.
func (c *Call) Get(ctx context.Context, i Incoming) (Result, error) {
	t := c.newTransfer(i.Progress)
	t.held, t.onExists = i.Restart, i.OnExists
	err := c.usable()
	if err == nil {
		err = t.prepareIncoming(i)
	}
	if err == nil {
		err = t.get(ctx, i)
	}
	return t.finish(ctx, err)
}

// prepareIncoming makes a context that is saved with the grant, or opens the part of an earlier attempt again.
func (t *transfer) prepareIncoming(i Incoming) error {
	if t.restart = t.held != nil; t.restart {
		return t.resume(i)
	}
	r := i.Request
	r.Action, r.Size, r.Restart = sdk.ActionRead, -1, false
	if err := t.enter(sdk.Receive, r); err != nil {
		return err
	}
	t.void = true // until it is saved
	t.request = t.held.Context().Request
	t.request.Number = 0
	t.result.File, t.result.Label = t.request.File, t.request.Label
	return nil
}

// resume opens the part of an earlier attempt. A file that has its name already is received into nothing.
func (t *transfer) resume(i Incoming) error {
	x := t.held.Context()
	if x.Direction != sdk.Receive {
		t.final = true
		return fmt.Errorf("restart context %s is of a file sent", x.ID)
	}
	t.request = x.Request
	t.request.Restart, t.resumed = true, true
	t.acked, t.total = x.Last.Number, x.Target.Size
	t.result = Result{Number: x.Request.Number, File: x.Granted, Label: x.Request.Label}
	if t.onExists == "" {
		t.onExists = x.Target.OnExists
	}
	if x.Whole != nil {
		t.whole(*x.Whole)
		return nil
	}
	w, err := i.Backend.Resume(x.Target, x.Last.Backend)
	var there *sdk.CommittedError
	switch {
	case errors.As(err, &there):
		t.whole(Whole{Path: there.Path})
		return t.update(func(x *Context) { x.Whole = &Whole{Path: there.Path} })
	case errors.Is(err, sdk.ErrNoPart): // all that is left is to begin again
		if w, err = i.Backend.Create(x.Target); err == nil {
			t.writer, t.acked, t.resumed = w, 0, false
			return t.update(func(x *Context) { x.Last = Point{Backend: stateOf(w)} })
		}
	}
	if err != nil {
		return fmt.Errorf("go on with %s: %w", x.Target.Path, err)
	}
	t.writer = w
	return nil
}

// whole notes that the file is there.
func (t *transfer) whole(w Whole) {
	t.writer = &discard{path: w.Path}
	t.result.Path, t.result.Bytes, t.result.Records, t.result.SHA256 = w.Path, w.Bytes, w.Records, w.SHA256
}

// stateOf is what a writer knows of itself before its first sync.
func stateOf(w sdk.Writer) []byte {
	s, ok := sdk.As[sdk.Stateful](w)
	if !ok {
		return nil
	}
	state, err := s.State()
	if err != nil {
		return nil // a crash then costs a second transfer of the file, nothing else
	}
	return state
}

// get walks phases 3 and 4.
func (t *transfer) get(ctx context.Context, i Incoming) error {
	if err := t.askToRead(ctx); err != nil || t.at == ended {
		return err
	}
	if !t.restart {
		if err := t.create(i); err != nil {
			return err
		}
	}
	x := t.held.Context()
	from := x.Last.mark()
	point, err := t.begin(ctx, from)
	if err != nil {
		return err
	}
	if point != from.Point {
		from = stream.Mark{}
	}
	if point != from.Point {
		return t.call.violation("data from sync point %d, which was not asked for", point)
	}
	if err := t.startReceiving(x.Form, from); err != nil {
		return err
	}
	return t.move(ctx)
}

// askToRead says the request. A restart is asked for under the name that the server gave and under the one that we
// asked for: servers differ in which of them they link an interrupted transfer by.
func (t *transfer) askToRead(ctx context.Context) error {
	x := t.held.Context()
	names := []string{t.request.File}
	if t.restart && x.Granted != "" && x.Granted != t.request.File {
		names = append(names, x.Granted)
	}
	var refusal *sdk.Refusal
	var err error
	for _, name := range names {
		t.request.File = name
		if refusal, err = t.ask(ctx); err != nil || refusal == nil {
			return err
		}
		if refusal.Code != sdk.RestartUnknown && refusal.Code != sdk.FileMissing {
			break
		}
	}
	unknown := refusal.Code == sdk.RestartUnknown || refusal.Code == sdk.FileMissing
	switch {
	case !t.restart:
		t.void = true
	case x.Whole != nil && (unknown || refusal.Code == sdk.Duplicate):
		t.at, t.result.Already = ended, true
		return nil
	case unknown && !x.Begun && x.Whole == nil:
		return t.anew(ctx, x)
	case unknown || refusal.Code == sdk.Duplicate:
		t.final = true
	}
	return refusal
}

// anew asks as if for the first time: no data has flowed, and the server put the file back where it was. It may give
// another one.
func (t *transfer) anew(ctx context.Context, x Context) error {
	if err := t.closeFile(true); err != nil {
		return err
	}
	t.request = x.Request
	t.restart, t.resumed, t.request.Restart, t.request.Number = false, false, false, 0
	if err := t.update(func(x *Context) { x.Last = Point{} }); err != nil {
		return err
	}
	return t.askToRead(ctx)
}

// create makes the temporary file of a new transfer and saves its context. What fails here leaves nothing.
func (t *transfer) create(i Incoming) error {
	t.void = true
	g := sdk.Grant{File: t.result.File, Label: t.result.Label, Number: t.result.Number, Size: t.total}
	path, err := i.Place(g)
	if err != nil {
		return err
	}
	target := sdk.Target{ID: t.held.Context().ID, Path: path, OnExists: t.onExists, Durability: sdk.DurabilitySync, Size: t.total}
	if t.writer, err = i.Backend.Create(target); err != nil {
		return fmt.Errorf("receive %s: %w", path, err)
	}
	if err := t.update(func(x *Context) {
		x.Form, x.Folder, x.Target, x.Granted = i.Form, i.Folder, target, g.File
		x.Request.Number, x.Request.Label = g.Number, g.Label
		x.Last.Backend = stateOf(t.writer)
	}); err != nil {
		return err
	}
	t.void = false
	return nil
}

// startReceiving lets data flow into the file.
func (t *transfer) startReceiving(f Form, from stream.Mark) error {
	t.acked, t.safe, t.moved, t.result.Restart = from.Point, from.File, from.Wire, from.Point
	if err := t.update(func(x *Context) { x.Begun, x.Attempts = true, x.Attempts+1 }); err != nil {
		return t.stop(err, true)
	}
	receiver, err := stream.NewReceiver(stream.ReceiverOptions{Writer: t.writer, Records: f.Records,
		Delimiter: []byte(f.Delimiter), Durability: sdk.DurabilitySync, Digest: true, From: from, Resumed: t.resumed,
		Save: t.savePoint, Pool: t.call.o.Pool})
	if err != nil {
		return t.stop(err, true)
	}
	t.inlet = t.call.x.NewInlet(receiver)
	t.call.x.Receiving(true)
	return nil
}

// savePoint keeps a point of a file received; the receiver calls it beside the stream.
func (t *transfer) savePoint(m stream.Mark) error {
	return t.update(func(x *Context) { x.Last = pointOf(m) })
}

// commit gives the whole file its name, notes that in the context, and only then tells the server.
func (t *transfer) commit(total stream.Totals) error {
	t.inlet.Close()
	t.inlet = nil
	w := Whole{Bytes: total.File, Records: total.Records, SHA256: total.SHA256}
	path, err := t.writer.Commit(t.onExists)
	if err != nil {
		return t.stop(err, true)
	}
	if old, ok := t.writer.(*discard); ok && t.result.SHA256 != "" && t.result.SHA256 != w.SHA256 {
		return t.stop(sdk.Refuse(sdk.DataIO, "%s is there, and what the server sends now differs from it", old.path), false)
	}
	t.writer = nil
	w.Path = path
	t.result.Path, t.result.Bytes, t.result.Records, t.result.SHA256 = path, w.Bytes, w.Records, w.SHA256
	if err := t.update(func(x *Context) { x.Whole = &w }); err != nil {
		return t.stop(err, true)
	}
	return t.sayFinish(sdk.Counts{Bytes: total.Wire, Records: total.Records, Known: true})
}
