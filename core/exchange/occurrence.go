package exchange

import "github.com/postern/postern/sdk"

// What names an occurrence.
type What uint8

const (
	// Heard: the peer said Event.
	Heard What = 1 + iota
	// Noticed: somebody posted Notice.
	Noticed
	// Expired: Timer ran out.
	Expired
	// Drained: something was written, and more data may be said.
	Drained
	// Gone: the connection ended with Err; io.EOF when the peer closed it.
	Gone
	// Cancelled: the context ended.
	Cancelled
	// Resting: nothing is to be done until something happens; the caller goes down its stack and calls Rest.
	Resting
)

// Occurrence is one thing that happened. Event is valid until the next call of Next, its bytes until the next call of
// the exchange.
type Occurrence struct {
	What   What
	Event  *sdk.Event
	Notice Notice
	Timer  sdk.Timer
	Err    error
}
