package guest

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/postern/postern/sdk/wire"
)

// What keeps the server from doing what it was asked.
var (
	// ErrNotGranted: the configuration of the exit does not grant it.
	ErrNotGranted = errors.New("the exit was not granted this")
	// ErrMissing: there is nothing of that name, or no file and no password at this point.
	ErrMissing = errors.New("there is no such thing here")
	// ErrArgument: a name that is too long, a hash that costs too much, too many calls in one decision.
	ErrArgument = errors.New("the server does not accept the arguments")
	// ErrDeadline: the time for the answer is over.
	ErrDeadline = errors.New("the time for the answer is over")
	// ErrNoHost: the program is no module, and nobody was named to stand in for the server; see [With].
	ErrNoHost = errors.New("only a module has a server to ask")
)

// Secrets that VerifyPassword can check.
const (
	TheSecret    Which = 0 // what the caller gave as its password
	TheNewSecret Which = 1 // the password that it wants from now on
)

// Which says which of the caller's secrets is meant.
type Which uint32

// HTTPRequest is what [HTTP] sends: a method in capitals, a URL whose origin is granted, a content type, at most 1 MiB, and at
// most 32 other headers with 8 KiB in all. A header of the connection or of the body, or one that the grant sets, is refused.
type HTTPRequest = wire.HTTPRequest

// HTTPReply is what came back: at most 1 MiB. Status 0 means that nothing did; Body then says why.
type HTTPReply = wire.HTTPReply

// Host is what a server does for an exit, where the exit is no module: in a unit test, or in a process. A function that is not
// set fails with [ErrNoHost]. In a module it is not used.
type Host struct {
	Log            func(ctx context.Context, level slog.Level, message string)
	Config         func(ctx context.Context, key string) (string, error)
	Fact           func(ctx context.Context, key string) (string, error)
	Now            func(ctx context.Context) time.Time
	VerifyPassword func(ctx context.Context, hash string, which Which) (bool, error)
	HTTP           func(ctx context.Context, q *HTTPRequest) (HTTPReply, error)
	Get            func(ctx context.Context, key string) ([]byte, error)
	Put            func(ctx context.Context, key string, value []byte) error
}

type hostKey struct{}

// With names who stands in for the server in what is called with the context.
func With(ctx context.Context, h *Host) context.Context { return context.WithValue(ctx, hostKey{}, h) }
