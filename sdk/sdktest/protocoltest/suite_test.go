package protocoltest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
)

// stopped is how a recorder ends a walk.
type stopped struct{ text string }

// recorder is a test that is expected to fail.
type recorder struct{ text string }

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	panic(stopped{r.text + fmt.Sprintf(format, args...)})
}

// firstFailure walks every scenario and returns the first complaint, or "".
func firstFailure(h Harness) (text string) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case stopped:
			text = x.text
		default:
			panic(x)
		}
	}()
	for _, s := range scenarios() {
		for _, room := range []int{16, 1} {
			r := &recorder{}
			h.play(r, s, wholeWire, room)
			if r.text != "" {
				return s.name + ": " + r.text
			}
		}
	}
	return ""
}

// mutant is the line protocol with one thing broken.
type mutant struct {
	hear func(d sdk.Dialogue, in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error)
	say  func(d sdk.Dialogue, m sdk.Message, out []byte) (sdk.Said, []byte, error)
}

func (mutant) Name() string { return "mutant" }

func (m mutant) Begin(o sdk.Opening, out []byte) (sdk.Dialogue, []byte, error) {
	d, out, err := line.New().Begin(o, out)
	return &mutantDialogue{d, m}, out, err
}

type mutantDialogue struct {
	sdk.Dialogue
	mutant mutant
}

func (d *mutantDialogue) Hear(in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
	if d.mutant.hear == nil {
		return d.Dialogue.Hear(in, ev, out)
	}
	return d.mutant.hear(d.Dialogue, in, ev, out)
}

func (d *mutantDialogue) Say(m sdk.Message, out []byte) (sdk.Said, []byte, error) {
	if d.mutant.say == nil {
		return d.Dialogue.Say(m, out)
	}
	return d.mutant.say(d.Dialogue, m, out)
}

// altered hears and then alters the events.
func altered(alter func(e *sdk.Event)) mutant {
	return mutant{hear: func(d sdk.Dialogue, in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
		used, ev, out, err := d.Hear(in, ev, out)
		for i := range ev {
			alter(&ev[i])
		}
		return used, ev, out, err
	}}
}

// resaid says and then alters what became of it.
func resaid(alter func(m sdk.Message, s *sdk.Said, out []byte) []byte) mutant {
	return mutant{say: func(d sdk.Dialogue, m sdk.Message, out []byte) (sdk.Said, []byte, error) {
		said, out, err := d.Say(m, out)
		return said, alter(m, &said, out), err
	}}
}

func lineHarness(p sdk.Protocol) Harness {
	return Harness{
		Protocol: p, Interval: 64, Record: 23,
		Terms: func(w Wish) sdk.Terms {
			return sdk.Terms{sdk.NumberTerm("interval", w.Interval), sdk.NumberTerm("window", w.Window), sdk.FlagTerm("resync", w.Resync)}
		},
	}
}

func TestTheSuiteTakesAWholeProtocol(t *testing.T) {
	if text := firstFailure(lineHarness(mutant{})); text != "" {
		t.Error(text)
	}
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) {
	var kept []byte
	for name, c := range map[string]struct {
		m    mutant
		want string
	}{
		"an error for bytes": {mutant{hear: func(_ sdk.Dialogue, _ []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
			return 0, ev, out, errors.New("boom")
		}}, "boom"},
		"too many events": {mutant{hear: func(d sdk.Dialogue, in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
			used, ev, out, err := d.Hear(in, ev, out)
			for len(ev) > 0 && len(ev) <= cap(ev) && cap(ev) < 100 {
				ev = append(ev, ev[0])
			}
			return used, ev, out, err
		}}, "there was room for"},
		"more used than there is": {mutant{hear: func(d sdk.Dialogue, in []byte, ev []sdk.Event, out []byte) (int, []sdk.Event, []byte, error) {
			used, ev, out, err := d.Hear(in, ev, out)
			return used + 1, ev, out, err
		}}, "used"},
		"output lost": {mutant{hear: func(d sdk.Dialogue, in []byte, ev []sdk.Event, _ []byte) (int, []sdk.Event, []byte, error) {
			return d.Hear(in, ev, nil)
		}}, "out before is lost"},
		"hears on after an ask": {altered(func(e *sdk.Event) {
			e.Kind = map[bool]sdk.Kind{true: sdk.KindTurn, false: e.Kind}[e.Kind == sdk.KindData]
		}), "which asks"},
		"data lost":            {altered(func(e *sdk.Event) { e.Bytes = e.Bytes[:len(e.Bytes)/2] }), "bytes for the sender and"},
		"record ends lost":     {altered(func(e *sdk.Event) { e.RecordEnd = false }), "records were sent"},
		"figures never agree":  {altered(func(e *sdk.Event) { e.Agree = false }), "figures do not agree"},
		"too much state":       {altered(func(e *sdk.Event) { e.State = make([]byte, sdk.MaxState+1) }), "bytes of state"},
		"another file":         {altered(func(e *sdk.Event) { e.Ref = 0 }), "about file 0"},
		"a wrong point":        {altered(func(e *sdk.Event) { e.Point++ }), "Start at"},
		"stops look final":     {altered(func(e *sdk.Event) { e.Restartable = false }), "restartable false"},
		"a slice that changes": {altered(func(e *sdk.Event) { kept = append(kept[:0], append(e.Bytes, 1)...); e.Bytes = kept[:len(e.Bytes)] }), ""},
		"no hangup":            {resaid(func(_ sdk.Message, s *sdk.Said, out []byte) []byte { s.Next = sdk.Continue; return out }), "want Hangup"},
		"overtaken, yet written": {resaid(func(m sdk.Message, _ *sdk.Said, out []byte) []byte {
			return append(out, map[bool]string{true: "\n"}[m.Kind == sdk.KindSynced]...)
		}), "has overtaken"},
		"never blocked": {resaid(func(_ sdk.Message, s *sdk.Said, out []byte) []byte {
			s.Next = map[bool]sdk.Next{true: sdk.PointDue, false: s.Next}[s.Next == sdk.Blocked]
			return out
		}), "say Sync"},
		"data taken and not sent": {resaid(func(m sdk.Message, s *sdk.Said, out []byte) []byte { s.Used = min(len(m.Bytes), s.Used+1); return out }), ""},
		"points not numbered":     {resaid(func(_ sdk.Message, s *sdk.Said, out []byte) []byte { s.Point = 0; return out }), "the point after 0 is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			text := firstFailure(lineHarness(c.m))
			if text == "" || !strings.Contains(text, c.want) {
				t.Errorf("the suite says %q, want something with %q", text, c.want)
			}
		})
	}
}
