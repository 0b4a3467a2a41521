package line_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
	"pgregory.net/rapid"
)

// idle returns a calling and an answering dialogue after their hello.
func idle(t *testing.T) (calling, called sdk.Dialogue) {
	t.Helper()
	called = answering(t)
	calling, _, err := line.New().Begin(sdk.Opening{Role: sdk.Calling}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, out := say(t, calling, sdk.Message{Kind: sdk.KindHello, Hello: &sdk.Hello{Claim: sdk.Claim{Name: "P"}}})
	ev, _, _ := hear(t, called, out)
	_, out = say(t, called, sdk.Message{Kind: sdk.KindWelcome, Welcome: &sdk.Welcome{Terms: ev[0].Hello.Terms}})
	hear(t, calling, out)
	return calling, called
}

func TestWhatIsSaidIsHeardWithEveryField(t *testing.T) {
	text := rapid.StringN(0, 60, 120)
	name := rapid.StringMatching(`[a-z.]{1,10}`)
	number := rapid.Int64Range(0, 1<<50)
	rapid.Check(t, func(rt *rapid.T) {
		calling, called := idle(t)
		attrs := rapid.MapOfN(name, text, 0, 3).Draw(rt, "attributes")
		if len(attrs) == 0 {
			attrs = nil
		}
		r := sdk.Request{Action: sdk.ActionCreate, Kind: "file", File: text.Draw(rt, "file"), Target: text.Draw(rt, "target"),
			Label: text.Draw(rt, "label"), Type: number.Draw(rt, "type"), Number: number.Draw(rt, "number"),
			Restart: rapid.Bool().Draw(rt, "restart"), Priority: rapid.IntRange(0, 2).Draw(rt, "priority"),
			Origin: text.Draw(rt, "origin"), Size: rapid.Int64Range(-1, 1<<50).Draw(rt, "size"), Text: text.Draw(rt, "text"), Attributes: attrs}
		_, out := say(t, calling, sdk.Message{Kind: sdk.KindRequest, Ref: 5, Request: &r})
		ev, _, _ := hear(t, called, out)
		if len(ev) != 1 || ev[0].Request == nil || !reflect.DeepEqual(*ev[0].Request, r) {
			rt.Fatalf("said %+v as %q, heard %+v", r, out, ev)
		}
		g := sdk.Grant{Number: r.Number, File: r.Target, Label: r.Label, Size: r.Size, Modified: time.Unix(r.Type%4e9, 5).UTC(), Attributes: attrs}
		_, out = say(t, called, sdk.Message{Kind: sdk.KindGrant, Ref: ev[0].Ref, Grant: &g})
		ev, _, _ = hear(t, calling, out)
		if len(ev) != 1 || ev[0].Grant == nil || !reflect.DeepEqual(*ev[0].Grant, g) {
			rt.Fatalf("said %+v as %q, heard %+v", g, out, ev)
		}
	})
}

func TestALongListingTakesSeveralLines(t *testing.T) {
	calling, called := idle(t)
	_, out := say(t, calling, sdk.Message{Kind: sdk.KindRequest, Ref: 5, Request: &sdk.Request{Action: sdk.ActionList, File: "in", Size: -1, Priority: 1}})
	ev, _, _ := hear(t, called, out)
	var list []sdk.DirEntry
	for i := range 300 {
		list = append(list, sdk.DirEntry{Name: fmt.Sprintf("a file %d", i), Size: int64(i), Modified: time.Unix(int64(i), 0).UTC()})
	}
	_, out = say(t, called, sdk.Message{Kind: sdk.KindReply, Ref: ev[0].Ref, Reply: &sdk.Reply{Entries: list}})
	for _, l := range strings.SplitAfter(out, "\n") {
		if len(l) > 4096 {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
	ev, _, _ = hear(t, calling, out)
	var got []sdk.DirEntry
	for i, e := range ev {
		if e.Reply.More != (i < len(ev)-1) {
			t.Errorf("reply %d of %d says more=%v", i+1, len(ev), e.Reply.More)
		}
		got = append(got, e.Reply.Entries...)
	}
	if len(ev) < 2 || !reflect.DeepEqual(got, list) {
		t.Errorf("%d replies with %d entries, want several with %d", len(ev), len(got), len(list))
	}
}

func TestWhatDoesNotFitOnALineIsAnErrorAndWritesNothing(t *testing.T) {
	calling, _ := idle(t)
	r := &sdk.Request{Action: sdk.ActionMessage, File: "F", Text: strings.Repeat("x", 5000), Size: -1, Priority: 1}
	if _, out, err := calling.Say(sdk.Message{Kind: sdk.KindRequest, Ref: 5, Request: r}, nil); err == nil || len(out) > 0 {
		t.Errorf("said %d bytes, %v", len(out), err)
	}
	r.Text, r.Attributes = "", map[string]string{"two words": "x"}
	if _, out, err := calling.Say(sdk.Message{Kind: sdk.KindRequest, Ref: 5, Request: r}, nil); err == nil || len(out) > 0 {
		t.Errorf("said %q, %v", out, err)
	}
}
