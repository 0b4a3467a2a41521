package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestAFloodOfRefusalsIsCounted(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	for i := range 5000 {
		l.Observe(refusal("PARIS", fmt.Sprintf("192.0.2.1:%d", 1000+i)))
	}
	l.Flush(t.Context())
	w.pass(2 * window)
	l.Observe(func() sdk.Observation { o := refusal("PARIS", "192.0.2.1:9"); o.Time = w.now(); return o }())
	w.close(l)
	w.whole(1 + maxEqual + 1 + 1)
	if sum := w.records()[1+maxEqual]; sum["count"] != float64(5000-maxEqual) || sum["code"] != "partner.password" || sum["since"] == nil {
		t.Errorf("the sum is %v", sum)
	}
}

func TestAFloodOfManyNamesIsBoundedToo(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	for i := range 20000 {
		l.Observe(refusal(fmt.Sprint("NAME", i), "192.0.2.1:9"))
	}
	w.close(l)
	r := w.verify()
	if !r.OK || r.Records > 1+maxKinds+1 {
		t.Errorf("%d records (%v)", r.Records, r.Broken)
	}
	all := w.records()
	if last := all[len(all)-1]; last["count"] != float64(20000-maxKinds) || last["partner"] != nil {
		t.Errorf("the sum is %v", last)
	}
}

func TestOnlyDecisionsAndActionsAreKept(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	for _, o := range []sdk.Observation{
		{What: sdk.CallOpened}, {What: sdk.PhaseEnded}, {What: sdk.TransferSynced}, {What: sdk.TransferStarted}, {What: sdk.CallClosed},
		{What: sdk.Decided, Point: sdk.PointAccept, Verdict: sdk.Pass},
		{What: sdk.Decided, Point: sdk.PointIdentify, Verdict: sdk.Deny, Refusal: sdk.Refuse(sdk.PartnerPassword, "")},
		{What: sdk.Decided, Point: sdk.PointIdentify, Verdict: sdk.Allow, Partner: "PARIS"},
		{What: sdk.Decided, Point: sdk.PointAuthorize, Verdict: sdk.Allow, Partner: "PARIS"},
		{What: sdk.Decided, Point: sdk.PointOpen, Verdict: sdk.Pass, Changes: []string{"path"}, Path: "in/x"},
		{What: sdk.Decided, Point: sdk.PointDone, Verdict: sdk.Pass, Exit: "vet", Refusal: sdk.Refuse(sdk.ExitFailed, "down")},
		refusal("PARIS", "192.0.2.1:9"), ended(1),
		{What: sdk.TransferInterrupted, Refusal: sdk.Refuse(sdk.NetworkCut, "")},
		{What: sdk.OperatorActed, Actor: "root (uid 0)", Command: "halt"},
		{What: sdk.OperatorActed, Actor: "root (uid 0)", Command: "keep", Failure: "it is kept already"},
	} {
		l.Observe(o)
	}
	w.close(l)
	if got, want := w.events(), "log.began identified authorized decided decided refused transfer.ended transfer.interrupted operator operator"; got != want {
		t.Errorf("the log tells %s, want %s", got, want)
	}
}

func TestWhatAPeerSaysCannotForgeALineOrFillTheDisk(t *testing.T) {
	w := newWorld(t)
	l := w.open()
	o := ended(1)
	o.File = "a\n{\"seq\":3}\x1b[2J\u202e\U000e0001\xff\"\\ é" + strings.Repeat("z", 1<<20)
	l.Observe(o)
	w.close(l)
	w.whole(2)
	text := w.text(0)
	if strings.ContainsAny(text, "\x1b\u202e\U000e0001") || strings.Count(text, "\n") != 2 || len(text) > 4<<10 {
		t.Errorf("the log holds %d bytes: %.200q", len(text), text)
	}
	want := "a\n{\"seq\":3}\x1b[2J\u202e\U000e0001\ufffd\"\\ é"
	if got := w.records()[1]["file"].(string); !strings.HasPrefix(got, want) {
		t.Errorf("the name reads back as %.60q, want %q", got, want)
	}
}
