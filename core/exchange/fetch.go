package exchange

import (
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// Fetch says the parts of a file that a peer wants, as stream.Fetcher reads them. It belongs to the exchange's owner, who
// calls Pump when Next tells that something was read or written.
type Fetch struct {
	x      *Exchange
	ref    uint32
	f      *stream.Fetcher
	framed bool
	once   bool // the bytes come once: after an error there are no more
	asked  bool
	gave   bool
}

// NewFetch begins. open makes the fetcher with the layout the dialogue asks for.
func (x *Exchange) NewFetch(ref uint32, o stream.FetcherOptions) (*Fetch, error) {
	if x.budget == nil {
		x.budget = stream.NewBudget()
	}
	o.Gap, o.Max = x.Frame(ref)
	o.Budget, o.Wake = x.budget, func() { x.wake(x.parts) }
	f, err := stream.NewFetcher(o)
	if err != nil {
		return nil, err
	}
	return &Fetch{x: x, ref: ref, f: f, framed: o.Max > 0, once: o.Filters != nil}, nil
}

// Want takes a Want event. It fails where the part cannot be had; the event is not answered then.
func (f *Fetch) Want(e *sdk.Event) error {
	f.asked = true
	return f.f.Want(e.Tag, e.At, e.Len)
}

// Asked reports whether anything was wanted.
func (f *Fetch) Asked() bool { return f.asked }

// Pump says the parts that were read, as long as the output allows. A part that cannot be read is refused alone; of a file
// with filters nothing more can be read then, and Pump fails.
func (f *Fetch) Pump() error {
	for f.x.Ready() {
		p, ok := f.f.Next()
		if !ok {
			return nil
		}
		if err := f.say(p); err != nil {
			p.Release()
			return err
		}
	}
	return nil
}

// say answers one Want.
func (f *Fetch) say(p *stream.Part) error {
	m := sdk.Message{Kind: sdk.KindData, Ref: f.ref, Tag: p.Tag, At: p.At, Bytes: p.Bytes}
	if p.Err != nil && f.once {
		return p.Err
	}
	if p.Err != nil {
		m.Kind, m.Refusal = sdk.KindRefuse, sdk.ToRefusal(p.Err, sdk.DataIO)
		_, err := f.x.Say(m)
		if err == nil {
			p.Release()
		}
		return err
	}
	f.x.answered(m.Kind)
	if !f.framed || len(p.Bytes) == 0 {
		_, err := f.x.Say(m)
		if err == nil {
			f.passed(p)
			p.Release()
		}
		return err
	}
	said, err := f.x.sayFramed(m, p.Release)
	if err == nil {
		f.passed(p)
		if said.Used == 0 { // overtaken: nobody wants it any more
			p.Release()
		}
	}
	return err
}

func (f *Fetch) passed(p *stream.Part) {
	f.gave = f.gave || p.Payload() > 0
	f.f.Said(p)
	f.x.out.passed(p.Payload())
}

// Gave reports whether any byte went out.
func (f *Fetch) Gave() bool { return f.gave }

// Had and Prefix are the fetcher's.
func (f *Fetch) Had(before int64) { f.f.Had(before) }
func (f *Fetch) Prefix() int64    { return f.f.Prefix() }

// Refuse answers every Want that has no answer yet, and ends the reading.
func (f *Fetch) Refuse(why *sdk.Refusal) error {
	for _, tag := range f.f.Close() {
		if _, err := f.x.Say(sdk.Message{Kind: sdk.KindRefuse, Ref: f.ref, Tag: tag, Refusal: why}); err != nil {
			return err
		}
	}
	return nil
}

// Whole reports whether every byte went out; Sent is how many did, Size how many there are, -1 where that is
// not known yet.
func (f *Fetch) Whole() bool { return f.f.Whole() }
func (f *Fetch) Sent() int64 { return f.f.Sent() }
func (f *Fetch) Size() int64 { return f.f.Size() }

// Reading reports whether the peer waits for bytes that are still being read.
func (f *Fetch) Reading() bool { return f.f.Reading() }

// Settle and Settled are the fetcher's.
func (f *Fetch) Settle()                                          { f.f.Settle() }
func (f *Fetch) Settled() (total stream.Totals, ok bool, _ error) { return f.f.Settled() }

// Close ends the reading and waits for it. The reader stays open.
func (f *Fetch) Close() { f.f.Close() }
