package author

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
)

// Plugin is a loaded exit as its author looks at it. Calls may overlap.
type Plugin interface {
	sdk.Exit
	sdk.FilterOpener
	// Describe is what the plugin says of itself.
	Describe() sdk.Manifest
	// Trial decides and tells what that cost. The error is why there was no answer; the Trial tells what is known then.
	Trial(ctx context.Context, q sdk.Question) (Trial, error)
	Close(ctx context.Context) error
}

// Trial is one decision with what it cost.
type Trial struct {
	Verdict sdk.Verdict
	Fuel    int64         // burnt by a module; 0 for a process
	Time    time.Duration // to answer, without waiting for a turn
	Memory  int64         // bytes of a module's linear memory afterwards; 0 for a process
	Log     []string      // what it logged
}

// Talker is a plugin whose lines come beside its answers. Heard waits a moment for them and gives those that came since
// it was called before.
type Talker interface{ Heard() []string }

// Loader loads a plugin with settings of its own; an empty object or none leaves them empty. Points are those it is
// about to be asked at: a plugin that says nothing of itself serves these.
type Loader func(ctx context.Context, config json.RawMessage, points []sdk.Point) (Plugin, error)

// serves reports whether a plugin can be asked at a point.
func serves(p Plugin, point sdk.Point) bool { return slices.Contains(p.Describe().Points, point) }
