package wire_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// heard are events with every kind of body.
func heard() []sdk.Event {
	refusal := sdk.Refuse(sdk.DataIO, "for the log")
	return []sdk.Event{
		{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: "PARIS", Secret: sdk.NewSecret("s3cret")}, Terms: sdk.Terms{sdk.NumberTerm("window", 4)}}},
		{Kind: sdk.KindRequest, Ref: 1, Request: &sdk.Request{Action: sdk.ActionRead, Kind: sdk.RequestFile, File: "f1", Size: -1}},
		{Kind: sdk.KindBegin, Ref: 1, Point: sdk.NoPoint},
		{Kind: sdk.KindData, Ref: 1, At: -1, Bytes: []byte("own"), RecordEnd: true},
		{Kind: sdk.KindData, Ref: 1, At: 0, Tag: 7},
		{Kind: sdk.KindSync, Ref: 1, Point: 2, State: []byte("state")},
		{Kind: sdk.KindFinish, Ref: 1, Counts: sdk.Counts{Bytes: 3, Records: 1, Known: true}, Agree: true},
		{Kind: sdk.KindWant, Ref: 1, Tag: 7, At: 0, Len: 9},
		{Kind: sdk.KindGrant, Ref: 1, Grant: &sdk.Grant{Size: -1, Modified: time.Unix(5, 6).UTC()}},
		{Kind: sdk.KindFault, Refusal: refusal},
	}
}

func TestWhatADialogueHeardIsReadAsItWasWritten(t *testing.T) {
	in := wire.Heard{Used: 9, Events: heard(), Spans: make([]wire.Span, len(heard())), Out: []byte("out"), OutAt: wire.Span{At: 8, Len: 3}, Changed: true}
	in.Spans[4] = wire.Span{At: 4, Len: 5}
	x := wire.Heard{Events: make([]sdk.Event, 0, 16)}
	if err := wire.ParseHeard(&x, string(wire.AppendHeard(nil, &in))); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(x, in) {
		t.Errorf("read is %+v\nwritten was %+v", x, in)
	}
}

func TestMoreEventsThanThereIsRoomForAreAnError(t *testing.T) {
	x := wire.Heard{Events: make([]sdk.Event, 0, 9)}
	if err := wire.ParseHeard(&x, string(wire.AppendHeard(nil, &wire.Heard{Events: heard()}))); err == nil {
		t.Error("they are taken")
	}
}

func TestAnEventThatMeansNothingIsAnError(t *testing.T) {
	refusal := &sdk.Refusal{Code: "made.up"}
	for name, e := range map[string]sdk.Event{
		"no kind":                {},
		"an unknown kind":        {Kind: sdk.KindFault + 1},
		"a hello without a name": {Kind: sdk.KindHello},
		"an unknown action":      {Kind: sdk.KindRequest, Request: &sdk.Request{Action: "format", Kind: sdk.RequestFile}},
		"an unknown code":        {Kind: sdk.KindFault, Refusal: refusal},
		"a point below 0":        {Kind: sdk.KindSync, Point: -2},
		"no point to sync":       {Kind: sdk.KindSync, Point: sdk.NoPoint},
		"too much state":         {Kind: sdk.KindSync, State: make([]byte, sdk.MaxState+1)},
		"counts below 0":         {Kind: sdk.KindFinish, Counts: sdk.Counts{Bytes: -1}},
		"bytes of a bye":         {Kind: sdk.KindBye, Bytes: []byte("x")},
		"a priority of 3":        {Kind: sdk.KindRequest, Request: &sdk.Request{Action: sdk.ActionRead, Kind: sdk.RequestFile, Priority: 3}},
	} {
		x := wire.Heard{Events: make([]sdk.Event, 0, 4)}
		if err := wire.ParseHeard(&x, string(wire.AppendHeard(nil, &wire.Heard{Events: []sdk.Event{e}}))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestNothingIsHeardBehindAnEventThatAsks(t *testing.T) {
	ev := []sdk.Event{{Kind: sdk.KindHello}, {Kind: sdk.KindBye}}
	if wire.CheckOrder(ev, false) == nil || wire.CheckOrder(ev, true) != nil || wire.CheckOrder(ev[:1], false) != nil {
		t.Error("only a dialogue that pipelines goes on")
	}
}

// FuzzDialogueMessages reads what a plugin may answer in a dialogue, and what a plugin reads.
func FuzzDialogueMessages(f *testing.F) {
	f.Add(string(wire.AppendHeard(nil, &wire.Heard{Used: 9, Events: heard(), Out: []byte("out")})))
	f.Add(string(wire.AppendSaid(nil, &wire.Said{Said: sdk.Said{Next: sdk.PointDue, Used: 9, State: []byte("s"), Point: 2}})))
	f.Add(string(wire.AppendBegun(nil, &wire.Begun{Out: []byte("out"), Pipelined: 4})))
	f.Add(string(wire.AppendSay(nil, &sdk.Message{Kind: sdk.KindData, At: 4}, &wire.Frame{Gap: 6, Payload: 100})))
	f.Add(string(wire.AppendBegin(nil, &sdk.Opening{Role: sdk.Answering, Call: "S1"})))
	f.Fuzz(func(t *testing.T, b string) {
		x := wire.Heard{Events: make([]sdk.Event, 0, 8)}
		if err := wire.ParseHeard(&x, b); err == nil {
			if len(x.Events) > 8 || len(x.Spans) != len(x.Events) {
				t.Errorf("%d events, %d spans", len(x.Events), len(x.Spans))
			}
			again := wire.Heard{Events: make([]sdk.Event, 0, 8)}
			if err := wire.ParseHeard(&again, string(wire.AppendHeard(nil, &x))); err != nil || len(again.Events) != len(x.Events) || again.Used != x.Used {
				t.Errorf("%+v is written and read as %+v (%v)", x, again, err)
			}
		}
		if s, err := wire.ParseSaid(b); err == nil && (len(s.State) > sdk.MaxState || s.Next > sdk.Hangup || s.Point < 0) {
			t.Errorf("it is taken: %+v", s)
		}
		if s, err := wire.ParseBegun(b); err == nil && (s.Pipelined < 0 || s.Pipelined > sdk.MaxPipelined) {
			t.Errorf("it is taken: %+v", s)
		}
		if fr, err := wire.ParseFrame(b); err == nil && fr.Check() == nil && (fr.Payload < 0 || fr.Gap+fr.Payload > 1<<20) {
			t.Errorf("it is taken: %+v", fr)
		}
		_, _, _ = wire.ParseSay(b)
		_, _ = wire.ParseBegin(b)
		_, _ = wire.ParseHear(b)
		_, _ = wire.ParseFrameRequest(b)
	})
}
