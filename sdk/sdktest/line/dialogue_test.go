package line_test

import (
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

func answering(t *testing.T) sdk.Dialogue {
	t.Helper()
	d, out, err := line.New().Begin(sdk.Opening{Role: sdk.Answering}, nil)
	if err != nil || len(out) != 0 {
		t.Fatalf("begin: %q, %v", out, err)
	}
	return d
}

// hear offers text until nothing more is used and returns the events and what is left.
func hear(t *testing.T, d sdk.Dialogue, text string) (ev []sdk.Event, out, rest string) {
	t.Helper()
	used, ev, o, err := d.Hear([]byte(text), make([]sdk.Event, 0, 16), nil)
	if err != nil {
		t.Fatalf("hear %q: %v", text, err)
	}
	return ev, string(o), text[used:]
}

func say(t *testing.T, d sdk.Dialogue, m sdk.Message) (sdk.Said, string) {
	t.Helper()
	said, out, err := d.Say(m, nil)
	if err != nil {
		t.Fatalf("say %s: %v", m.Kind, err)
	}
	return said, string(out)
}

// flowing walks an answering dialogue to the start of a PUT and returns its ref.
func flowing(t *testing.T, d sdk.Dialogue, terms string) uint32 {
	t.Helper()
	ev, _, _ := hear(t, d, "HELLO PARIS secret "+terms+"\n")
	say(t, d, sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: ev[0].Hello.Terms}})
	ev, _, _ = hear(t, d, "PUT F\n")
	ref := ev[0].Ref
	say(t, d, sdk.Message{Kind: sdk.KindGrant, Ref: ref, Grant: &sdk.Grant{Size: -1}})
	hear(t, d, "BEGIN none\n")
	say(t, d, sdk.Message{Kind: sdk.KindStart, Ref: ref})
	return ref
}

func TestAPayloadIsPassedOnAsItComesWithoutACopy(t *testing.T) {
	d := answering(t)
	flowing(t, d, "")
	in := []byte("DATA 6 end\nhel")
	used, ev, _, err := d.Hear(in, make([]sdk.Event, 0, 4), nil)
	if err != nil || used != len(in) || len(ev) != 1 || string(ev[0].Bytes) != "hel" || ev[0].RecordEnd {
		t.Fatalf("first piece: used %d, %+v, %v", used, ev, err)
	}
	if &ev[0].Bytes[0] != &in[len(in)-3] {
		t.Error("the first piece is a copy, not a slice of the input")
	}
	ev, _, _ = hear(t, d, "lo\n")
	if len(ev) != 1 || string(ev[0].Bytes) != "lo\n" || !ev[0].RecordEnd {
		t.Fatalf("second piece: %+v", ev)
	}
}

func TestHearStopsAtAnEventThatAsks(t *testing.T) {
	d := answering(t)
	ev, _, rest := hear(t, d, "HELLO PARIS secret\nPUT F\n")
	if len(ev) != 1 || rest != "PUT F\n" {
		t.Fatalf("%d events, rest %q", len(ev), rest)
	}
	if ev, _, again := hear(t, d, rest); len(ev) != 0 || again != rest {
		t.Fatalf("heard %+v although an answer is owed", ev)
	}
}

func TestGarbageIsAFaultWithAFarewellAndThenNothing(t *testing.T) {
	for name, text := range map[string]string{
		"unknown verb":      "HELO PARIS secret\n",
		"out of place":      "PUT F\n",
		"long line":         strings.Repeat("x", 4096),
		"binary":            "\x00\x01\x02\n",
		"missing word":      "HELLO PARIS\n",
		"unknown option":    "HELLO PARIS secret colour=blue\n",
		"half a quote":      "HELLO \"PARIS\n",
		"term out of range": "HELLO PARIS secret window=65\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := answering(t)
			ev, out, _ := hear(t, d, text)
			if len(ev) != 1 || ev[0].Kind != sdk.KindFault || !strings.HasPrefix(out, "ABORT protocol.") {
				t.Fatalf("events %+v, out %q", ev, out)
			}
			if ev, out, rest := hear(t, d, "HELLO PARIS secret\n"); len(ev) != 0 || out != "" || rest != "" {
				t.Errorf("after the fault: %+v %q %q", ev, out, rest)
			}
		})
	}
}

func TestAWrongChecksumIsDamageAndTheRestIsDroppedAfterStop(t *testing.T) {
	d := answering(t)
	ref := flowing(t, d, "")
	ev, _, rest := hear(t, d, "DATA 2 crc=0\nhiDATA 3\nabcSTOPPED\n")
	if len(ev) != 1 || ev[0].Kind != sdk.KindDamaged || ev[0].Refusal.Code != sdk.DataIO {
		t.Fatalf("events %+v", ev)
	}
	if _, out := say(t, d, sdk.Message{Kind: sdk.KindStop, Ref: ref, Refusal: ev[0].Refusal, Restartable: true}); !strings.HasPrefix(out, "STOP data.io restartable") {
		t.Fatalf("said %q", out)
	}
	ev, _, rest = hear(t, d, rest)
	if len(ev) != 1 || ev[0].Kind != sdk.KindStopped || rest != "" {
		t.Fatalf("events %+v, rest %q", ev, rest)
	}
}

func TestTooMuchWithoutAPointAndTooManyPointsAreDamage(t *testing.T) {
	for text, code := range map[string]sdk.Code{
		"DATA 11\n":                sdk.DataUnsynced,
		"DATA 5\nhelloDATA 6\n":    sdk.DataUnsynced,
		"SYNC 1\nSYNC 2\nSYNC 3\n": sdk.DataWindow,
		"DATA 8\n12345678":         sdk.DataRecord,
	} {
		d := answering(t)
		flowing(t, d, "interval=10 window=2 record=7")
		ev, _, _ := hear(t, d, text)
		last := ev[len(ev)-1]
		if last.Kind != sdk.KindDamaged || last.Refusal.Code != code {
			t.Errorf("%q gives %s %v, want Damaged %s", text, last.Kind, last.Refusal, code)
		}
	}
}

func TestHearingDataAllocatesNothing(t *testing.T) {
	d := answering(t)
	flowing(t, d, "interval=0")
	in := []byte("DATA 8\n12345678DATA 8 end\n12345678")
	ev := make([]sdk.Event, 0, 8)
	if n := testing.AllocsPerRun(100, func() { _, _, _, _ = d.Hear(in, ev, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
