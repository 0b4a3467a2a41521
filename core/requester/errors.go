package requester

import (
	"errors"
	"fmt"

	"github.com/postern/postern/sdk"
)

// errClosed says that the call is over in good order.
var errClosed = errors.New("the call is over")

// ErrChanged says that a file is not what it was when its transfer began, so that it cannot be restarted.
var ErrChanged = errors.New("the file has changed since its transfer began")

// ErrNoContext says that there is no restart context of that id.
var ErrNoContext = errors.New("there is no such restart context")

// ErrBusy says that another process uses the restart context.
var ErrBusy = errors.New("the restart context is in use by another process")

// Interrupted says that a transfer stopped early and can go on: its restart context is kept, and the other side did not
// say that the transfer is over. Cause is why; it may be a *sdk.Refusal of either side.
type Interrupted struct {
	Context string // its id
	Point   int64  // the last sync point that both sides have
	Cause   error
}

// Error names the context and the cause.
func (i *Interrupted) Error() string {
	return fmt.Sprintf("interrupted at sync point %d, context %s: %v", i.Point, i.Context, i.Cause)
}

// Unwrap returns the cause.
func (i *Interrupted) Unwrap() error { return i.Cause }

// byPeer marks a refusal as the other side's.
func byPeer(r *sdk.Refusal) *sdk.Refusal {
	if r == nil {
		r = sdk.Refuse(sdk.PeerStopped, "refused without a reason")
	}
	out := *r
	out.ByPeer = true
	return &out
}
