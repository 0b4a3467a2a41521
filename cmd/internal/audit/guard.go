package audit

import (
	"context"

	"github.com/postern/postern/sdk"
)

// GuardName is the name of the guard among the exits.
const GuardName = "audit"

// GuardPoints are where the guard is asked: calls and requests wait in front of them.
func GuardPoints() []sdk.Point { return []sdk.Point{sdk.PointAccept, sdk.PointResolve} }

// Guard is an exit that refuses calls and requests, temporarily, while the log cannot be written. What runs already goes
// on.
func (l *Log) Guard() sdk.Exit { return guard{l} }

type guard struct{ l *Log }

// Decide passes while the log can be written.
func (g guard) Decide(context.Context, sdk.Question) (sdk.Verdict, error) {
	if err := g.l.failed(); err != nil {
		r := sdk.Refuse(sdk.ExitFailed, "the audit log cannot be written").Because(err)
		r.Temporary = true
		return sdk.DenyVerdict(r), nil
	}
	return sdk.PassVerdict(), nil
}
