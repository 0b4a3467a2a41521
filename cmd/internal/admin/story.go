package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/postern/postern/cmd/internal/story"
	"github.com/postern/postern/core/catalog"
)

// Told is what a story is read from.
type Told interface {
	catalog.Reader
	catalog.Explainer
	catalog.Refusals
}

// Explain tells the story of a transfer or a refusal by its id, or by the beginning of one that fits nothing else.
func Explain(ctx context.Context, c Told, id string) (Explained, error) {
	if len(id) < catalog.MinPrefix {
		return Explained{}, fmt.Errorf("%q is no id: at least the first %d characters of one are needed: %w", id, catalog.MinPrefix, catalog.ErrNotFound)
	}
	e, err := c.Get(ctx, id)
	if err == nil && e.ID == id {
		return explainEntry(ctx, c, e)
	}
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return Explained{}, err
	}
	refusals, rerr := refusalsOf(ctx, c, catalog.RefusalFilter{ID: id, Limit: 2})
	switch {
	case rerr != nil:
		return Explained{}, rerr
	case len(refusals) == 0 && err != nil:
		return Explained{}, fmt.Errorf("%w. No refusal has the id either; of more than %d equal refusals within a minute the later ones "+
			"are only counted: postern refusals list", err, catalog.FloodLimit)
	case len(refusals) == 0:
		return explainEntry(ctx, c, e)
	case len(refusals) > 1 || err == nil:
		return Explained{}, fmt.Errorf("%q begins more than one id: %w", id, catalog.ErrAmbiguous)
	}
	return explainRefusal(refusals[0]), nil
}

// ExplainNewest tells the story of what happened last to a partner: a transfer or a refusal. A refusal before a file was
// asked for counts for every flow.
func ExplainNewest(ctx context.Context, c Told, partner, flow string) (Explained, error) {
	var newest *catalog.Entry
	for e, err := range c.List(ctx, catalog.Filter{Partner: partner, Flow: flow, Limit: 1, Last: true}) {
		if err != nil {
			return Explained{}, err
		}
		newest = &e
	}
	refusals, err := refusalsOf(ctx, c, catalog.RefusalFilter{Partner: partner, Flow: flow, Limit: 1, Last: true})
	switch {
	case err != nil:
		return Explained{}, err
	case newest == nil && len(refusals) == 0:
		return Explained{}, fmt.Errorf("%w: neither a transfer nor a refusal of %s", catalog.ErrNotFound, partner+" "+flow)
	case newest == nil || len(refusals) > 0 && refusals[0].LastTime.After(newest.UpdatedAt):
		return explainRefusal(refusals[0]), nil
	}
	return explainEntry(ctx, c, *newest)
}

func refusalsOf(ctx context.Context, c catalog.Refusals, f catalog.RefusalFilter) (out []catalog.Refusal, err error) {
	for r, err := range c.Refused(ctx, f) {
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func explainEntry(ctx context.Context, c catalog.Explainer, e catalog.Entry) (Explained, error) {
	kept, more, err := c.Decisions(ctx, e.ID)
	e.Decisions = nil
	return Explained{Kind: "transfer", ID: e.ID, Session: e.Session, Entry: &Entry{e}, Meaning: story.Meaning(e.Code),
		Decisions: append([]catalog.Decision{}, kept...), More: more, Next: story.NextOfEntry(e)}, err
}

func explainRefusal(r catalog.Refusal) Explained {
	decisions := append([]catalog.Decision{}, r.Decisions...)
	r.Decisions = nil
	return Explained{Kind: "refusal", ID: r.ID, Session: r.Session, Refusal: &r, Meaning: story.Meaning(r.Code), Decisions: decisions,
		Next: story.NextOfRefusal(r)}
}

// Text tells the story in words.
func (x Explained) Text() string {
	if x.Refusal != nil {
		r := *x.Refusal
		r.Decisions = x.Decisions
		return story.Refusal(r)
	}
	return story.Transfer(x.Entry.Entry, x.Decisions, x.More)
}
