package transcript_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

func play(t *testing.T, p sdk.Protocol, text string) error {
	t.Helper()
	f, err := transcript.Parse("call.txt", []byte(text))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return transcript.Play(p, sdk.Opening{Role: sdk.Answering}, f)
}

const hello = "-- a call --\n>| HELLO P s\n"

func TestAFailureNamesFileLineSectionAndManner(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"wrong field":       {hello + "! Hello name=Q", `call.txt:3: a call, as written: Hello with name="P", want "Q"`},
		"wrong kind":        {hello + "! Bye", "call.txt:3: a call, as written: event Hello"},
		"missing event":     {hello + "! Hello\n! Bye", "call.txt:4: a call, as written: no event, want Bye"},
		"event left over":   {hello, "event Hello"},
		"wrong output":      {hello + "! Hello\nsay Refuse code=duplicate\n<| YES", "call.txt:5: a call, as written: output differs from byte 0 on"},
		"output left over":  {hello + "! Hello\nsay Refuse code=duplicate", "at the end: output"},
		"said otherwise":    {hello + "! Hello\nsay Refuse code=duplicate\nsaid next=Blocked", `call.txt:5: a call, as written: said next="Hangup", want "Blocked"`},
		"message not taken": {hello + "! Hello\nsay Bye", "call.txt:4: a call, as written: say Bye"},
		"message taken":     {hello + "! Hello\nsay Refuse code=duplicate\nsaid error", "the message was taken, want an error"},
		"bytes left over":   {"-- a call --\n> \"HEL\"", "3 bytes are left unused"},
		"not exact":         {hello + "! Hello name=P exact", "want exactly"},
		"refusal":           {"-- a call --\n>| ABORT duplicate\n! Fault ok", "want none"},
	} {
		t.Run(name, func(t *testing.T) {
			err := play(t, line.New(), c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestParseReportsEveryFaultWithItsLine(t *testing.T) {
	_, err := transcript.Parse("bad.txt", []byte("> 00\n-- one --\n> 0\n! Nobody\n! Data colour=1\nsaid used=1\n> ??\nwhat\n! Data point=x\nrole boss\n"))
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, want := range []string{"bad.txt:1: before the first section", "bad.txt:3: \"0\" is neither", "bad.txt:4: \"Nobody\" is no kind",
		"bad.txt:5: a Data has no field \"colour\"", "bad.txt:6: said follows say", "bad.txt:7: ?? stands only",
		"bad.txt:8: \"what\" is no step", "bad.txt:9: field point of Data", "bad.txt:10: role comes before the first step"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}

func TestBytesMayBeHexadecimalQuotedRepeatedAndWild(t *testing.T) {
	err := play(t, line.New(), `-- a call --
> 48 454C "LO P" 20*3 "s\n"   # HELLO
! Hello exact name=P secret=s method=password terms.interval=65536 terms.window=4 terms.resync=1 terms.record=1073741824 terms.block=65536 terms.checksum=""
say Refuse code=duplicate
< ?? 4F "`+" duplicate text=\\\"already \" ????*5 "+`"d\"" 0A
`)
	if err != nil {
		t.Error(err)
	}
}

func TestTheThreeMannersDiffer(t *testing.T) {
	spy := &spy{Protocol: line.New()}
	err := play(t, spy, hello+"! Hello\nsay Refuse code=duplicate\n<| NO duplicate text=\"already transferred\"\n>| MORE")
	if err != nil {
		t.Fatal(err)
	}
	if spy.longest[0] != 10 || spy.longest[2] != 15 {
		t.Errorf("longest inputs are %v: as written wants 10, coalesced 15", spy.longest)
	}
	if spy.calls[1] < 10 {
		t.Errorf("byte by byte makes %d calls", spy.calls[1])
	}
}

func TestAKeptSliceOfTheInputIsFoundOut(t *testing.T) {
	err := play(t, keeper{}, "-- a call --\n> \"ab\" \"cd\"\n! Data bytes=ab\n> \"x\"\n! Data bytes=ab")
	if err == nil || !strings.Contains(err.Error(), "data") {
		t.Errorf("got %v", err)
	}
}

// spy counts what the player does in each manner.
type spy struct {
	sdk.Protocol
	begun          int
	longest, calls [3]int
}

func (s *spy) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := s.Protocol.Begin(o, out)
	s.begun++
	return &spyDialogue{d, s, s.begun - 1}, out, err
}

type spyDialogue struct {
	sdk.Dialogue
	spy    *spy
	manner int
}

func (d *spyDialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	d.spy.calls[d.manner]++
	d.spy.longest[d.manner] = max(d.spy.longest[d.manner], len(in))
	return d.Dialogue.Hear(in, ev, out)
}

// keeper is a broken protocol: its second event repeats the bytes of the first input.
type keeper struct{}

func (keeper) Name() string { return "keeper" }

func (keeper) Begin(_ sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	return &keeperDialogue{}, out, nil
}

type keeperDialogue struct{ kept []byte }

func (d *keeperDialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if len(in) == 0 {
		return 0, ev, out, nil
	}
	if d.kept == nil {
		d.kept = in[:min(2, len(in))]
	}
	return len(in), append(ev, sdk.Event{Kind: sdk.KindData, At: -1, Bytes: d.kept}), out, nil
}

func (d *keeperDialogue) Say(sdk.Message, []byte) (sdk.Said, []byte, error) {
	return sdk.Said{}, nil, errors.New("nothing can be said")
}

func (d *keeperDialogue) Close() {}
