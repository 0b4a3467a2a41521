package contract_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var (
	someTerms = sdk.Terms{sdk.NumberTerm("interval", 65536), sdk.FlagTerm("resync", false), sdk.WordsTerm("compression", "horizontal", "vertical")}
	someTime  = time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	someClaim = sdk.Claim{Name: "PARIS", CalledName: "POSTERN", Secret: sdk.NewSecret("s3cret"), NewSecret: sdk.NewSecret("n3w"), Method: "password",
		Access: "mixed", Key: "SHA256:abc", CertNames: []string{"paris.example.org"}, CertPrint: "00ff"}
)

// everyEvent has an event of each kind that has a body, and one of data.
func everyEvent() []sdk.Event {
	request := sdk.Request{Action: sdk.ActionCreate, Kind: sdk.RequestFile, File: "f1", Target: "f2", Label: "label", Type: 2, Number: 7, Restart: true,
		Priority: 1, Origin: "A", Destination: "B", Size: -1, SizeUnit: 1024, Terms: someTerms, Attributes: map[string]string{"a": "b", "c": ""},
		Text: "text", ReplyWanted: true, Mode: sdk.ModeKeep | sdk.ModeAppend}
	grant := sdk.Grant{Number: 7, File: "f1", Type: 2, Origin: "A", Destination: "B", Label: "label", Size: 12, Modified: someTime, Terms: someTerms,
		Attributes: map[string]string{"a": "b"}}
	reply := sdk.Reply{Text: "text", Attributes: map[string]string{"a": "b"}, More: true, Space: &sdk.Space{Total: 5, Free: 4, Available: 3, Files: 2, FilesFree: 1},
		Entries: []sdk.DirEntry{{Name: "f1", Size: 12, Modified: someTime, Read: true, Write: true}, {Name: "d1", Dir: true, Read: true}}}
	refusal := &sdk.Refusal{Code: sdk.DataIO, Temporary: false, Public: "not now", Detail: "for the log", ByPeer: true, Diagnostic: "2-213"}
	return []sdk.Event{
		{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: someClaim, Terms: someTerms}},
		{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: someTerms, LocalName: "POSTERN", LocalSecret: sdk.NewSecret("ours"), Text: "welcome"}},
		{Kind: sdk.KindRequest, Ref: 1, Request: &request, Refusal: refusal},
		{Kind: sdk.KindGrant, Ref: 1, Grant: &grant},
		{Kind: sdk.KindReply, Ref: 1, Tag: 4, Reply: &reply},
		{Kind: sdk.KindBegin, Ref: 1, Point: sdk.NoPoint},
		{Kind: sdk.KindData, Ref: 1, At: -1, RecordEnd: true},
		{Kind: sdk.KindData, Ref: 1, At: 0, Tag: 3, Bytes: []byte("data")},
		{Kind: sdk.KindSync, Ref: 1, Point: 3, State: []byte{1, 0, 2}},
		{Kind: sdk.KindFinish, Ref: 1, Counts: sdk.Counts{Bytes: 10, Records: 2, Known: true}, Agree: true},
		{Kind: sdk.KindStop, Ref: 1, Refusal: refusal, Restartable: true, Keep: true},
		{Kind: sdk.KindWant, Ref: 1, Tag: 3, At: 4096, Len: 512, More: true},
		{Kind: sdk.KindExpired, Timer: sdk.TimerOfIdle},
		{Kind: sdk.KindBye},
	}
}

// turns are the messages of a dialogue.
func turns() map[string]struct {
	message string
	binary  []byte
} {
	type turn = struct {
		message string
		binary  []byte
	}
	events := everyEvent()
	spans := make([]wire.Span, len(events))
	spans[6] = wire.Span{At: 70_000, Len: 512}
	opening := sdk.Opening{Role: sdk.Answering, Terms: someTerms, Settings: someTerms, Claim: someClaim, Call: "S1", Now: someTime,
		Random: [16]byte{15: 1}}
	frame := &wire.Frame{Gap: 6, Payload: 32768, HeadersOnly: true}
	out := map[string]turn{
		"begin-request": {"BeginRequest", wire.AppendBegin(nil, &opening)},
		"begin-reply":   {"BeginReply", wire.AppendBegun(nil, &wire.Begun{Out: []byte("220 ready"), OutAt: wire.Span{At: 4096, Len: 9}, Err: "no", Pipelined: 64})},
		"hear-request":  {"HearRequest", wire.AppendHear(nil, 128)},
		"hear-reply": {"HearReply", wire.AppendHeard(nil, &wire.Heard{Used: 600, Events: events, Spans: spans, Out: []byte("ack"),
			OutAt: wire.Span{At: 4096, Len: 3}, Changed: true, Err: "no"})},
		"say-reply": {"SayReply", wire.AppendSaid(nil, &wire.Said{Said: sdk.Said{Next: sdk.PointDue, Used: 512, State: []byte{1, 0}, Point: 3},
			Out: []byte("x"), OutAt: wire.Span{At: 4096, Len: 1}, Err: "no"})},
		"frame-request": {"FrameRequest", wire.AppendFrameRequest(nil, 7)},
		"frame-reply":   {"Frame", wire.AppendFrame(nil, frame)},
	}
	for _, e := range events {
		e.Bytes = nil
		out["say-"+e.Kind.String()+"-request"] = turn{"SayRequest", wire.AppendSay(nil, &e, frame)}
	}
	return out
}

// TestTheGoldenTurnsAreThoseOfTheCodecAndProtobuf keeps the messages of a dialogue as they are, and reads them with the
// protobuf library, which shares nothing with the codec.
func TestTheGoldenTurnsAreThoseOfTheCodecAndProtobuf(t *testing.T) {
	for name, turn := range turns() {
		path := filepath.Join("testdata", name+".binpb")
		if *update {
			if err := os.WriteFile(path, turn.binary, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(have, turn.binary) {
			t.Errorf("%s is not what the codec writes (%v)", path, err)
			continue
		}
		typ, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("postern.v1." + turn.message))
		if err != nil {
			t.Fatal(err)
		}
		m := typ.New().Interface()
		if err := proto.Unmarshal(have, m); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if u := unknown(m.ProtoReflect()); u != "" {
			t.Errorf("%s: %s has fields that the contract does not know", name, u)
		}
	}
}
