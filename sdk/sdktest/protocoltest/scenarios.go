package protocoltest

import (
	"github.com/postern/postern/sdk"
)

// both are the two directions of a transfer.
var both = [...]sdk.Action{sdk.ActionCreate, sdk.ActionRead}

var sessionScenarios = []scenario{
	{"a session opens and closes", nil, func(p *pair) { p.open(); p.bye() }},
	{"a caller is refused", nil, callerRefused},
	{"a message is answered", nil, func(p *pair) { p.open(); messages(p, true); p.bye() }},
	{"a message without a reply is taken", nil, func(p *pair) { p.open(); messages(p, false); p.bye() }},
	{"a message is refused", nil, messageRefused},
	{"a request is refused and the session goes on", nil, requestRefused},
	{"a beginning is refused and the session goes on", nil, beginRefused},
	{"an end is refused and the session goes on", nil, finishRefused},
	{"several transfers share a session", nil, severalTransfers},
	{"the turn is given and given back", nil, turn},
}

var transferScenarios = []scenario{
	{"a file is written", nil, func(p *pair) { p.open(); simple(p, sdk.ActionCreate); p.bye() }},
	{"a file is read", nil, func(p *pair) { p.open(); simple(p, sdk.ActionRead); p.bye() }},
	{"an empty file passes", nil, emptyFile},
	{"a file passes without sync points", func(h *Harness) Wish { return Wish{} }, func(p *pair) {
		p.open()
		simple(p, sdk.ActionCreate)
		simple(p, sdk.ActionRead)
		p.bye()
	}},
	{"points that nobody acknowledges do not block", func(h *Harness) Wish { return Wish{Interval: h.Interval} }, func(p *pair) {
		p.open()
		simple(p, sdk.ActionCreate)
		simple(p, sdk.ActionRead)
		p.bye()
	}},
	{"a full window blocks and an acknowledgement opens it", nil, fullWindow},
	{"a write restarts on another connection", nil, func(p *pair) { restart(p, sdk.ActionCreate) }},
	{"a read restarts on another connection", nil, func(p *pair) { restart(p, sdk.ActionRead) }},
}

func callerRefused(p *pair) {
	p.hello()
	p.step()
	said := p.say(p.called, sdk.Message{Kind: sdk.KindRefuse, Refusal: sdk.Refuse(sdk.PartnerPassword, "wrong")})
	if said.Next != sdk.Hangup {
		p.t.Fatalf("after the refusal of a caller comes %d, want Hangup", said.Next)
	}
	e := p.heard(p.caller, sdk.KindRefuse)
	if e.Refusal == nil || !e.Refusal.ByPeer {
		p.t.Fatalf("the caller hears the refusal %v, want one by the peer", e.Refusal)
	}
}

func messages(p *pair, reply bool) {
	p.t.Helper()
	r := p.request(sdk.ActionMessage)
	r.ReplyWanted = reply
	f := p.asked(p.caller, r)
	text := ""
	if reply {
		text = "well"
	}
	p.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindReply, Reply: &sdk.Reply{Text: text}}))
	e := p.heard(p.caller, sdk.KindReply)
	if f.own(p.caller, e); e.Reply == nil || e.Reply.Text != text {
		p.t.Fatalf("the caller hears the reply %+v, want %q", e.Reply, text)
	}
	p.step()
}

func messageRefused(p *pair) {
	p.open()
	f := p.asked(p.caller, p.request(sdk.ActionMessage))
	f.refuse(sdk.MessageForbidden)
	simple(p, sdk.ActionCreate)
	p.bye()
}

// refuse answers what was asked with no.
func (f *transfer) refuse(c sdk.Code) {
	f.t.Helper()
	f.say(f.server, f.about(f.server, sdk.Message{Kind: sdk.KindRefuse, Refusal: sdk.Refuse(c, "by the suite")}))
	e := f.heard(f.asker, sdk.KindRefuse)
	if f.own(f.asker, e); e.Refusal == nil || !e.Refusal.ByPeer {
		f.t.Fatalf("the asker hears the refusal %v, want one by the peer", e.Refusal)
	}
	f.step()
}

func requestRefused(p *pair) {
	p.open()
	for _, action := range both {
		p.asked(p.caller, p.request(action)).refuse(sdk.FlowForbidden)
	}
	simple(p, sdk.ActionCreate)
	p.bye()
}

func beginRefused(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.say(f.asker, f.about(f.asker, f.beginAt(0, f.points[0])))
		f.heard(f.server, sdk.KindBegin)
		f.refuse(sdk.RestartPoint)
		f.leave()
	}
	simple(p, sdk.ActionRead)
	p.bye()
}

func finishRefused(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.send(len(f.data))
		f.collect()
		f.end()
		f.say(f.asker, f.about(f.asker, sdk.Message{Kind: sdk.KindFinish}))
		f.heard(f.server, sdk.KindFinish)
		f.refuse(sdk.DataRejected)
		f.leave()
	}
	simple(p, sdk.ActionCreate)
	p.bye()
}

// simple moves one file in good order.
func simple(p *pair, action sdk.Action) *transfer {
	p.t.Helper()
	f := p.ask(action)
	f.start(0)
	f.whole()
	return f
}

func severalTransfers(p *pair) {
	p.open()
	first := simple(p, sdk.ActionCreate)
	second := simple(p, sdk.ActionRead)
	if first.refs[p.called] == second.refs[p.called] {
		p.t.Fatalf("two files of a session have the ref %d", first.refs[p.called])
	}
	p.sayNothing(p.called, first.about(p.called, sdk.Message{Kind: sdk.KindSynced, Point: first.last}))
	simple(p, sdk.ActionCreate)
	p.bye()
}

func turn(p *pair) {
	p.open()
	p.say(p.caller, sdk.Message{Kind: sdk.KindTurn})
	p.heard(p.called, sdk.KindTurn)
	f := p.askBy(p.called, p.request(sdk.ActionCreate))
	f.start(0)
	f.whole()
	p.say(p.called, sdk.Message{Kind: sdk.KindYield})
	p.heard(p.caller, sdk.KindYield)
	simple(p, sdk.ActionCreate)
	p.say(p.caller, sdk.Message{Kind: sdk.KindTurn})
	p.heard(p.called, sdk.KindTurn)
	p.say(p.called, sdk.Message{Kind: sdk.KindYield})
	p.heard(p.caller, sdk.KindYield)
	p.bye()
}

func emptyFile(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.data = nil
		f.start(0)
		f.whole()
	}
	p.bye()
}

func fullWindow(p *pair) {
	p.open()
	for _, action := range both {
		f := p.ask(action)
		f.start(0)
		f.hold = true
		f.send(len(f.data))
		if f.collect(); f.sent == len(f.data) || f.last != p.wish.Window {
			p.t.Fatalf("%d bytes of %d and %d points passed with nothing acknowledged, the window is %d", f.sent, len(f.data), f.last, p.wish.Window)
		}
		if said, used := f.sayData(f.data[f.sent:f.sent+1], false); used != 0 || said.Next != sdk.Blocked {
			p.t.Fatalf("more data in a full window: %d bytes taken, next %d; want none and Blocked", used, said.Next)
		}
		f.hold = false
		for point := int64(1); point <= f.last; point++ {
			f.acknowledge(point)
		}
		f.whole()
	}
	p.bye()
}

// restart cuts a transfer and takes it up on a new connection, from a point that is not the last.
func restart(p *pair, action sdk.Action) {
	p.open()
	f := p.ask(action)
	f.start(0)
	f.send(len(f.data) / 2)
	f.collect()
	if f.last < 3 {
		p.t.Fatalf("%d points in half of the file, want 3 at least", f.last)
	}
	q := p.h.pair(p.t, p.wish, p.split, p.caller.room)
	q.onStep = p.onStep
	q.open()
	r := q.request(action)
	r.Restart = true
	g := q.askBy(q.caller, r)
	g.points, g.got = f.points, f.got
	g.start(2)
	g.whole()
	q.bye()
	q.close()
}
