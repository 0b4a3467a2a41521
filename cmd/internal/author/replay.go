package author

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/jsonwire"
)

// Difference is one recorded event that would come out differently.
type Difference struct {
	Event   string    `json:"event"` // its file
	Point   sdk.Point `json:"point"`
	Old     Outcome   `json:"old"`
	New     Outcome   `json:"new"`
	Changed []string  `json:"changed,omitempty"` // fields among the changes that differ
}

// Outcome is what an exit came to, in short.
type Outcome struct {
	Verdict   string          `json:"verdict"` // pass, allow, refuse, fail
	Code      sdk.Code        `json:"code,omitempty"`
	Temporary bool            `json:"temporary,omitempty"`
	Public    string          `json:"public,omitempty"`
	Changes   json.RawMessage `json:"changes,omitempty"`
	Failed    string          `json:"failed,omitempty"`
}

// Replayed counts what a replay came to.
type Replayed struct {
	Same   int `json:"same"`
	Differ int `json:"differ"`
	Failed int `json:"failed"` // of those that differ: the new one gave no answer
}

// Replay asks a plugin what a server has recorded, and yields each event at which it decides otherwise: verdict, code,
// words to the peer, changes. What it notes for the log alone makes no difference. Events without an answer are passed
// over.
func Replay(ctx context.Context, load Loader, events []Event, config json.RawMessage, yield func(Difference) error) (sum Replayed, err error) {
	plugins := newLoaded(load, events, config)
	defer func() { err = cmp.Or(err, plugins.close()) }()
	for i := range events {
		e := &events[i]
		if e.Verdict == nil && e.Failed == "" {
			continue
		}
		p, err := plugins.of(ctx, e)
		if err != nil {
			return sum, err
		}
		t, failure := ask(WithRecorded(ctx, &e.Event), p, e.Question)
		if ctx.Err() != nil {
			return sum, context.Cause(ctx)
		}
		d, err := compare(e, t.Verdict, failure)
		switch {
		case err != nil:
			return sum, err
		case d == nil:
			sum.Same++
			continue
		}
		sum.Differ++
		if failure != nil {
			sum.Failed++
		}
		if err := yield(*d); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// compare is nil when nothing differs.
func compare(e *Event, v sdk.Verdict, failure error) (*Difference, error) {
	d := &Difference{Event: e.File, Point: e.Question.Point}
	d.Old = Outcome{Verdict: "fail", Failed: e.Failed}
	var err error
	if e.Verdict != nil {
		if d.Old, err = outcomeOf(e.Question.Point, *e.Verdict); err != nil {
			return nil, err
		}
	}
	d.New = Outcome{Verdict: "fail"}
	if failure != nil {
		d.New.Failed = failure.Error()
	} else if d.New, err = outcomeOf(e.Question.Point, record.MaskVerdict(v, e.Question.Facts)); err != nil {
		return nil, err
	}
	d.Changed = differ(d.Old.Changes, d.New.Changes)
	a, b := d.Old, d.New
	if a.Verdict == b.Verdict && a.Code == b.Code && a.Temporary == b.Temporary && a.Public == b.Public && len(d.Changed) == 0 {
		return nil, nil
	}
	return d, nil
}

func outcomeOf(p sdk.Point, v sdk.Verdict) (Outcome, error) {
	b, err := jsonwire.AppendVerdict(nil, p, &v)
	if err != nil {
		return Outcome{}, err
	}
	var a Answer
	a.verdict(p, v, b)
	return Outcome{Verdict: a.Verdict, Code: a.Code, Temporary: a.Temporary, Public: a.Public, Changes: a.Changes}, nil
}

// differ lists the members of two objects that are not the same.
func differ(a, b json.RawMessage) []string {
	var x, y map[string]json.RawMessage
	_, _ = json.Unmarshal(a, &x), json.Unmarshal(b, &y) // an empty one has no members
	all := maps.Clone(x)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, y)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(x[name], y[name]) {
			out = append(out, name)
		}
	}
	return out
}
