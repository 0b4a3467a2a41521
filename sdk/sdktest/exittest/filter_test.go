package exittest

import (
	"context"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestAGoFilterIsAWayOfLoading(t *testing.T) { RunFilter(t, ReferenceFilter()) }

// openerFunc opens a filter that does something else than it was told.
type openerFunc func(q sdk.Question) (sdk.Filter, error)

func (f openerFunc) OpenFilter(_ context.Context, q sdk.Question) (sdk.Filter, error) { return f(q) }

func TestAFilterThatDoesAnythingElseIsFound(t *testing.T) {
	for _, instead := range []string{DoCopy, DoInvert, DoDouble, DoHold, DoCut, DoRepeat, DoSum, DoReject, DoFailLater} {
		wrong := openerFunc(func(sdk.Question) (sdk.Filter, error) { return &transform{do: instead}, nil })
		for _, c := range FilterCases() {
			// Holding everything back and copying give the same bytes in the end; so does anything with an empty file.
			alike := instead == DoHold && c.Do == DoCopy || instead == DoCopy && c.Do == DoHold || len(c.Blocks) == 1 && c.Blocks[0] == ""
			if c.Do != instead && !alike && c.wrong(t.Context(), wrong) == "" {
				t.Errorf("%s: a filter told to %s was taken for a good one", c.Name, instead)
			}
		}
	}
}
