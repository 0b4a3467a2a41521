package protocoltest

import (
	"github.com/postern/postern/sdk"
)

func resync(h *Harness) Wish { w := h.small(); w.Resync = true; return w }

var rewindScenarios = []scenario{
	{"the receiver of a write goes back", resync, func(p *pair) { goBack(p, sdk.ActionCreate, false, false) }},
	{"the receiver of a read goes back", resync, func(p *pair) { goBack(p, sdk.ActionRead, false, false) }},
	{"the sender of a write goes back", resync, func(p *pair) { goBack(p, sdk.ActionCreate, true, false) }},
	{"the sender of a read goes back", resync, func(p *pair) { goBack(p, sdk.ActionRead, true, false) }},
	{"the receiver goes back after the end of the data", resync, func(p *pair) {
		goBack(p, sdk.ActionCreate, false, true)
		goBackAfterFinish(p)
		p.bye()
	}},
	{"two that go back at once follow the requester", resync, rewindsCross},
	{"damaged data is sent again", resync, damaged},
}

var stopScenarios = []scenario{
	{"each side stops at each moment", nil, stopEverywhere},
	{"two that stop at once both hear it", nil, stopsCross},
	{"a stopped transfer restarts on the same session", nil, stopAndRestart},
	{"an end is answered with a stop", nil, stopInsteadOfFinished},
}

// sides gives the end that speaks and the one that listens.
func (f *transfer) sides(sender bool) (speaks, listens *end) {
	if sender {
		return f.sender, f.receiver
	}
	return f.receiver, f.sender
}

// goBack sends a good part of the file, goes back to an acknowledged point while data is under way, and sends the rest.
func goBack(p *pair, action sdk.Action, bySender, afterEnd bool) {
	if p.caller.log == nil {
		p.open()
	}
	f := p.ask(action)
	f.start(0)
	f.send(len(f.data) / 2)
	f.collect()
	to := f.acked
	f.hold = true
	if afterEnd {
		f.hold = false
		f.send(len(f.data))
		f.collect()
		to = f.acked
		f.end()
	} else {
		f.send(len(f.data))
	}
	speaks, listens := f.sides(bySender)
	f.back(speaks, listens, to)
	f.hold = false
	f.whole()
	if !afterEnd {
		p.bye()
	}
}

// back lets one side go back to a point. What was under way is dropped.
func (f *transfer) back(speaks, listens *end, to int64) {
	f.t.Helper()
	listens.queue, speaks.queue = nil, nil
	f.say(speaks, f.about(speaks, sdk.Message{Kind: sdk.KindRewind, Point: to}))
	f.step()
	f.pump()
	f.dropped(listens)
	f.answerRewind(listens, speaks, to)
}

func (f *transfer) answerRewind(listens, speaks *end, to int64) {
	f.t.Helper()
	e := f.heard(listens, sdk.KindRewind)
	if f.own(listens, e); e.Point != to {
		f.t.Fatalf("%s hears Rewind to %d, want %d", listens.name, e.Point, to)
	}
	f.late(listens)
	f.step()
	m := f.points[to]
	f.say(listens, f.about(listens, sdk.Message{Kind: sdk.KindRewound, Point: to, State: m.state(listens == f.sender)}))
	e = f.heard(speaks, sdk.KindRewound)
	if f.own(speaks, e); e.Point != to {
		f.t.Fatalf("%s hears Rewound to %d, want %d", speaks.name, e.Point, to)
	}
	out := len(speaks.out)
	f.say(speaks, f.about(speaks, sdk.Message{Kind: sdk.KindStart, Point: to, State: m.state(speaks == f.sender)}))
	if len(speaks.out) != out {
		f.t.Fatalf("the Start after Rewound writes %d bytes", len(speaks.out)-out)
	}
	f.reset(to)
	f.step()
}

// late says what one side may still have wanted to say when the other stopped or went back: nothing comes of it.
func (f *transfer) late(e *end) {
	f.t.Helper()
	messages := []sdk.Message{{Kind: sdk.KindSynced, Point: f.acked + 1}}
	if e == f.sender {
		messages = []sdk.Message{{Kind: sdk.KindData, At: -1, Bytes: make([]byte, f.gap+1)}, {Kind: sdk.KindSync, Point: f.last + 1}, {Kind: sdk.KindEnd}}
	}
	for _, m := range messages {
		f.sayNothing(e, f.about(e, m))
	}
}

// dropped forgets the data events that one side heard before it could know better.
func (f *transfer) dropped(e *end) {
	for len(e.queue) > 0 && (e.queue[0].Kind == sdk.KindData || e.queue[0].Kind == sdk.KindSync || e.queue[0].Kind == sdk.KindSynced) {
		e.queue = e.queue[1:]
	}
}

// goBackAfterFinish lets a server that has received a file go back while FINISH is under way.
func goBackAfterFinish(p *pair) {
	p.t.Helper()
	f := p.ask(sdk.ActionCreate)
	f.start(0)
	f.send(len(f.data))
	f.collect()
	f.end()
	f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindFinish}))
	f.back(f.server, f.asker, f.acked)
	f.whole()
}

func rewindsCross(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.send(len(f.data) / 2)
		f.collect()
		to := f.acked
		f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindRewind, Point: to}))
		f.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindRewind, Point: to}))
		f.answerRewind(f.server, f.asker, to)
		f.quiet()
		f.whole()
	}
	p.bye()
}

func damaged(p *pair) {
	if p.h.Damage == nil {
		return
	}
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.send(len(f.data) / 2)
		f.collect()
		to := f.acked
		_, used := f.sayData(f.data[f.sent:f.sent+1], false)
		f.sent += used
		if !p.h.Damage(f.sender.out) {
			p.t.Fatalf("no data to damage in %.80q", f.sender.out)
		}
		f.pump()
		f.dropped(f.receiver)
		if e := f.heard(f.receiver, sdk.KindDamaged); e.Refusal == nil {
			p.t.Fatalf("Damaged bears no refusal")
		}
		f.back(f.receiver, f.sender, to)
		f.whole()
	}
	p.bye()
}

// moments are the points of a transfer at which it may be stopped.
var moments = []struct {
	name string
	to   func(f *transfer)
}{
	{"after the start", func(f *transfer) {}},
	{"with data under way", func(f *transfer) { f.hold = true; f.send(len(f.data) / 2) }},
	{"with points waiting", func(f *transfer) { f.hold = true; f.send(len(f.data)); f.collect() }},
	{"after the end of the data", func(f *transfer) { f.send(len(f.data)); f.collect(); f.end() }},
	{"with the end under way", func(f *transfer) {
		f.send(len(f.data))
		f.collect()
		f.say(f.sender, f.about(f.sender, sdk.Message{Kind: sdk.KindEnd}))
	}},
}

func halt() sdk.Message {
	return sdk.Message{Kind: sdk.KindStop, Refusal: sdk.Refuse(sdk.OperatorHalt, "by the suite"), Restartable: true}
}

func stopEverywhere(p *pair) {
	p.open()
	for _, action := range both {
		for _, moment := range moments {
			for _, bySender := range []bool{true, false} {
				f := p.ask(action)
				f.start(0)
				moment.to(f)
				speaks, listens := f.sides(bySender)
				f.stop(speaks, listens)
				f.leave()
			}
		}
	}
	p.bye()
}

// stop lets one side stop. It hears nothing but that the transfer has stopped; what the other says is overtaken.
func (f *transfer) stop(speaks, listens *end) {
	f.t.Helper()
	speaks.queue, listens.queue = nil, nil
	f.say(speaks, f.about(speaks, halt()))
	f.late(speaks)
	f.step()
	f.pump()
	for len(listens.queue) > 1 {
		listens.queue = listens.queue[1:]
	}
	e := f.heard(listens, sdk.KindStop)
	if f.own(listens, e); e.Refusal == nil || !e.Restartable {
		f.t.Fatalf("%s hears Stop with %v, restartable %v", listens.name, e.Refusal, e.Restartable)
	}
	f.own(speaks, f.heard(speaks, sdk.KindStopped))
	f.late(listens)
	f.sayNothing(listens, f.about(listens, halt()))
	f.quiet()
	f.step()
}

func stopsCross(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.hold = true
		f.send(len(f.data) / 2)
		f.say(f.asker, f.about(f.asker, halt()))
		f.say(f.server, f.about(f.server, halt()))
		f.pump()
		for _, e := range []*end{f.asker, f.server} {
			f.dropped(e)
			if len(e.queue) != 1 || e.queue[0].Kind != sdk.KindStop && e.queue[0].Kind != sdk.KindStopped {
				p.t.Fatalf("%s hears %s, want one Stop or Stopped", e.name, kinds(e.queue))
			}
			e.queue = nil
		}
		f.leave()
	}
	simple(p, sdk.ActionCreate)
	p.bye()
}

func stopAndRestart(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.send(len(f.data) / 2)
		f.collect()
		f.stop(f.receiver, f.sender)
		f.start(f.acked)
		f.whole()
	}
	p.bye()
}

func stopInsteadOfFinished(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.send(len(f.data))
		f.collect()
		f.end()
		f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindFinish}))
		f.heard(f.server, sdk.KindFinish)
		f.stop(f.server, f.asker)
		f.leave()
	}
	p.bye()
}
