package author

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
)

// Answer is what one event came to.
type Answer struct {
	Event     string          `json:"event"` // its file
	Point     sdk.Point       `json:"point"`
	Verdict   string          `json:"verdict,omitempty"` // pass, allow, refuse; none when it failed
	Code      sdk.Code        `json:"code,omitempty"`
	Temporary bool            `json:"temporary,omitempty"`
	Public    string          `json:"public,omitempty"`
	Detail    string          `json:"detail,omitempty"`
	Changes   json.RawMessage `json:"changes,omitempty"` // an object of the fields that it changed
	Failed    string          `json:"failed,omitempty"`  // why there was no answer
	Note      string          `json:"note,omitempty"`    // what a server makes of the answer, where that is something else
	Times     int             `json:"times,omitempty"`   // it was asked, more than once
	Fuel      int64           `json:"fuel,omitempty"`
	TimeNS    int64           `json:"time_ns"` // of the median call
	SlowestNS int64           `json:"slowest_ns,omitempty"`
	Memory    int64           `json:"memory,omitempty"`
	Log       []string        `json:"log,omitempty"`
}

// Options of [Try].
type Options struct {
	Config  json.RawMessage // in the place of the events' own settings; nil: those
	Repeat  int             // how often each event is asked; below 1: once
	Content io.ReaderAt     // what may be read as the file at open and verify; nil: nothing
}

// Try asks a plugin about each event, in their order, and yields what it answers. The error is about the trying: a plugin
// that gives no answer has an Answer that says so.
func Try(ctx context.Context, load Loader, events []Event, o Options, yield func(Answer) error) (err error) {
	plugins := newLoaded(load, events, o.Config)
	defer func() { err = cmp.Or(err, plugins.close()) }()
	for i := range events {
		p, err := plugins.of(ctx, &events[i])
		if err != nil {
			return err
		}
		give(events[i].Question.Facts, o.Content)
		a, err := answer(ctx, p, &events[i], max(o.Repeat, 1))
		if err != nil {
			return err
		}
		if t, ok := p.(Talker); ok {
			a.Log = append(a.Log, t.Heard()...)
		}
		if err := yield(a); err != nil {
			return err
		}
	}
	return nil
}

// give lets the file of a question be read.
func give(f *sdk.Facts, content io.ReaderAt) {
	if content == nil || f == nil {
		return
	}
	if f.Target != nil {
		f.Target.Content = content
	}
	if f.File != nil {
		f.File.Content = content
	}
}

// answer asks about one event as often as wanted. An answer that differs from the first one is a failure: with the same
// facts and the same time a plugin should say the same.
func answer(ctx context.Context, p Plugin, e *Event, times int) (Answer, error) {
	out := Answer{Event: e.File, Point: e.Question.Point}
	if times > 1 {
		out.Times = times
	}
	var took []time.Duration
	var first []byte
	for i := range times {
		t, failure := ask(ctx, p, e.Question)
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		took = append(took, t.Time)
		out.Fuel, out.Memory = max(out.Fuel, t.Fuel), max(out.Memory, t.Memory)
		if i == 0 {
			out.Log = t.Log
		}
		if failure != nil {
			out.Failed = failure.Error()
			break
		}
		b, err := jsonwire.AppendVerdict(nil, e.Question.Point, &t.Verdict)
		if err != nil {
			return out, err
		}
		if first == nil {
			first = b
			out.verdict(e.Question.Point, t.Verdict, b)
		} else if string(b) != string(first) {
			out.Failed = fmt.Sprintf("its answers differ: %s, then %s", first, b)
			break
		}
	}
	slices.Sort(took)
	out.TimeNS = took[len(took)/2].Nanoseconds()
	if times > 1 {
		out.SlowestNS = took[len(took)-1].Nanoseconds()
	}
	return out, nil
}

// ask decides, or opens and closes a filter.
func ask(ctx context.Context, p Plugin, q sdk.Question) (Trial, error) {
	if !serves(p, q.Point) {
		return Trial{}, fmt.Errorf("it does not serve %s", q.Point)
	}
	if q.Point != sdk.PointFilter {
		return p.Trial(ctx, q)
	}
	began := time.Now()
	f, err := p.OpenFilter(ctx, q)
	t := Trial{Time: time.Since(began), Verdict: sdk.PassVerdict()}
	if r, refused := sdk.AsRefusal(err); refused {
		t.Verdict = sdk.DenyVerdict(r)
		return t, nil
	}
	if err != nil {
		return t, err
	}
	return t, f.Close()
}

// verdict takes what was answered, text being its JSON.
func (a *Answer) verdict(p sdk.Point, v sdk.Verdict, text []byte) {
	a.Verdict = v.Kind.String()
	if r := v.Refusal; r != nil {
		a.Code, a.Temporary, a.Public, a.Detail = r.Code, r.Temporary, r.Public, r.Detail
	}
	var top struct {
		Set json.RawMessage `json:"set"`
	}
	_ = json.Unmarshal(text, &top) // it was just written
	a.Changes = top.Set
	a.Note = judge(p, v)
}

// judge says what a server makes of an answer that is not taken as it is.
func judge(p sdk.Point, v sdk.Verdict) string {
	row, _ := p.Row()
	if v.Kind == sdk.Allow && !row.Allow {
		return fmt.Sprintf("allow is no answer at %s: a server refuses with %s", p, sdk.ExitRefused)
	}
	for _, name := range v.Set.Fields() {
		if !slices.Contains(row.Changes, name) {
			return fmt.Sprintf("%s may not be changed at %s: a server refuses with %s", name, p, sdk.ExitRefused)
		}
	}
	if v.Kind == sdk.Deny && !row.Refuse {
		return fmt.Sprintf("a refusal has no effect at %s", p)
	}
	if v.Refusal != nil {
		if code, ok := v.Refusal.Code.Row(); !ok || code.PeSIT == "" {
			return fmt.Sprintf("no exit can give the code %q: a server refuses with %s", v.Refusal.Code, sdk.ExitRefused)
		}
	}
	if v.Kind == sdk.Pass && row.Allow {
		return fmt.Sprintf("a server refuses at %s when no exit allows", p)
	}
	return ""
}

// Expected compares an answer with what was expected: pass, allow, refuse or fail.
func (a *Answer) Expected(want string) error {
	got := a.Verdict
	if a.Failed != "" {
		got = "fail"
	}
	if got == want {
		return nil
	}
	why := cmp.Or(a.Failed, a.Detail, string(a.Code))
	if why != "" {
		why = " (" + why + ")"
	}
	return fmt.Errorf("%s: expected %s, got %s%s", a.Event, want, got, why)
}
