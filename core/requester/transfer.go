package requester

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/exchange"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Progress is how far a transfer is. Total is -1 where it is not known; a server may round it up.
type Progress struct {
	File         string // as the server calls it, or as it was asked for
	Bytes, Total int64  // what was said of a send may still be in a buffer of the system's
	Point        int64  // the last sync point that both sides have
	Safe         int64  // bytes before it
	// Ending says that every byte was moved, and that the transfer is not over: the other side has not confirmed it, or the
	// disk is not done with what was received.
	Ending bool
}

// Result is what became of a transfer, as far as it came.
type Result struct {
	Context  string // id of its restart context, also where that is gone by now
	Number   int64
	File     string // as the server calls it
	Label    string
	Path     string // the file on our side
	Bytes    int64  // of the whole file
	Records  int64
	SHA256   string
	Restart  int64 // the point it went on from; 0 is the beginning
	Already  bool  // the server had it from an earlier attempt: nothing was moved
	Duration time.Duration
	// Warning is what could not be put away after the transfer had ended well, a restart context say.
	Warning error
}

// stage is how far a transfer of this call has come.
type stage uint8

const (
	asked     stage = iota // the request waits for its answer
	granted                // a file is selected
	moving                 // data may flow
	closing                // all data was heard; the disk makes it durable
	finishing              // Finish was said
	stopping               // Stop was said
	stopped                // it stopped early
	ended                  // the server said that the transfer is over
)

// maxRewinds bounds the resynchronisations of one transfer.
const maxRewinds = 10

// transfer is one file of a call, from its request until it is deselected.
type transfer struct {
	call     *Call
	ref      uint32
	at       stage
	selected bool // the server granted the request
	held     *Held
	restart  bool
	request  sdk.Request
	progress func(Progress)
	began    time.Time
	total    int64
	moved    int64 // payload bytes heard so far, of a receive
	wire     int64 // payload bytes said, of a send that has said its end
	acked    int64 // the last point both sides have
	safe     int64 // bytes of the file before it
	rewinds  int
	ours     bool // the resynchronisation under way is ours
	result   Result

	// How it ends when it does not end well.
	why   error
	final bool // the other side has spoken: what why says is the answer, not an interruption
	void  bool // nothing is left to restart: the context goes

	reader sdk.Reader // sending
	outlet *exchange.Outlet

	writer   sdk.Writer // receiving
	inlet    *exchange.Inlet
	resumed  bool // the writer holds an earlier attempt
	onExists sdk.OnExists
}

// newTransfer prepares a transfer; nothing of it is said or kept yet.
func (c *Call) newTransfer(progress func(Progress)) *transfer {
	c.ref++
	return &transfer{call: c, ref: c.ref, progress: progress, began: c.o.Now(), total: -1}
}

// usable tells why no transfer can begin.
func (c *Call) usable() error {
	if c.over != nil {
		return c.over
	}
	return c.halted()
}

// halted tells whether the caller's context has ended.
func (c *Call) halted() error {
	if c.halt == nil {
		return nil
	}
	return sdk.Refuse(sdk.OperatorHalt, "stopped on our side").Because(c.halt)
}

// enter makes the context of a new transfer. It is not saved yet.
func (t *transfer) enter(d sdk.Direction, r sdk.Request) error {
	c := t.call
	id, err := catalog.NewID(c.o.Now(), c.o.Random)
	if err != nil {
		return err
	}
	number, err := c.newNumber()
	if err != nil {
		return err
	}
	r.Kind, r.Number = "file", number
	now := c.o.Now()
	x := Context{Version: contextVersion, ID: id, Direction: d, Protocol: c.o.Protocol.Name(), Remote: c.o.Remote,
		As: c.o.Claim.Name, Called: c.o.Claim.CalledName, CreatedAt: now, UpdatedAt: now, Request: r}
	if c.o.Contexts == nil {
		t.held = &Held{c: x}
		return nil
	}
	t.held, err = c.o.Contexts.hold(x)
	return err
}

// newNumber chooses a transfer's number (PeSIT E, PI 13: 1 to 16,777,215), one that no context of ours has.
func (c *Call) newNumber() (int64, error) {
	used := map[int64]bool{}
	if c.o.Contexts != nil {
		all, err := c.o.Contexts.List()
		if err != nil && len(all) == 0 {
			return 0, err
		}
		for _, x := range all {
			used[x.Request.Number] = true
		}
	}
	used[0] = true
	for {
		var b [3]byte // as many bits as catalog.MaxNumber has
		if _, err := io.ReadFull(c.o.Random, b[:]); err != nil {
			return 0, fmt.Errorf("choose a transfer number: %w", err)
		}
		if n := int64(b[0])<<16 | int64(b[1])<<8 | int64(b[2]); !used[n] {
			return n, nil
		}
	}
}

// update saves the context of a transfer.
func (t *transfer) update(f func(*Context)) error {
	return t.held.Update(func(c *Context) {
		c.UpdatedAt = t.call.o.Now()
		f(c)
	})
}

// tell reports the progress.
func (t *transfer) tell() {
	if t.progress == nil {
		return
	}
	p := Progress{File: t.result.File, Bytes: t.moved, Total: t.total, Point: t.acked, Safe: t.safe,
		Ending: t.at == closing || t.at == finishing}
	if t.outlet != nil {
		p.Bytes = t.outlet.Position().File
	}
	t.progress(p)
}

// begin asks for data and gives the point where it starts, phase 3's end. A refusal to go on from a point is answered
// by beginning anew where we may choose.
func (t *transfer) begin(ctx context.Context, from stream.Mark) (int64, error) {
	point := from.Point
	if t.request.Action == sdk.ActionCreate {
		point = sdk.NoPoint // the receiver chooses
	}
	for {
		t.call.x.Arm(sdk.TimerOfMessage, t.call.o.Timeouts.Message)
		if err := t.call.say(sdk.Message{Kind: sdk.KindBegin, Ref: t.ref, Point: point, State: from.State}); err != nil {
			return 0, err
		}
		e, err := t.call.await(ctx, t.ref, sdk.KindStart, sdk.KindRefuse)
		if err != nil {
			return 0, err
		}
		if e.Kind == sdk.KindStart {
			t.at = moving
			return e.Point, nil
		}
		r := byPeer(e.Refusal)
		if point > 0 && (r.Code == sdk.RestartPoint || r.Code == sdk.RestartUnknown) {
			from, point = stream.Mark{}, 0
			continue
		}
		t.void = !t.restart
		return 0, r
	}
}
