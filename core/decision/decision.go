// Package decision translates what exits have decided into what the catalog keeps of it. It decides and stores nothing
// itself. The main call is Kept.
package decision

import (
	"strings"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
)

// maxDetail bounds the private sentence that is kept with a decision, in bytes.
const maxDetail = 1 << 10

// Kept are decisions as the catalog keeps them, all of one time.
func Kept(at time.Time, all []chain.Decision) []catalog.Decision {
	if len(all) == 0 {
		return nil
	}
	at = catalog.Instant(at)
	out := make([]catalog.Decision, 0, len(all))
	for i := range all {
		d := &all[i]
		out = append(out, catalog.Decision{Time: at, Point: string(d.Point), Exit: d.Exit, Verdict: d.Verdict.String(),
			Code: d.Code, Detail: strings.ToValidUTF8(d.Detail[:min(len(d.Detail), maxDetail)], ""), Changes: d.Values,
			Rule: d.Rule, Place: d.Place,
			Duration: d.Duration, Failed: d.Failed, Blocks: d.Blocks})
	}
	return out
}
