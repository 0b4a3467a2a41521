//go:build !wasip1

package guest

import (
	"context"
	"log/slog"
	"time"

	"github.com/postern/postern/sdk"
)

// Serve makes the functions the exit of the module. It is called once, from init. In a program that is no module it does
// nothing, so that an exit can be tested where its init runs too.
func Serve(sdk.Functions) {}

// ServeProtocol makes p the protocol of the module. It is called once, from init. An instance of the module speaks for one
// call and ends with it. Hear must leave the payload in the bytes it hears where it is, unless the dialogue is an
// [sdk.Mover]. In a program that is no module it does nothing.
func ServeProtocol(p sdk.Protocol, version string) {}

var nobody Host

func host(ctx context.Context) *Host {
	if h, ok := ctx.Value(hostKey{}).(*Host); ok {
		return h
	}
	return &nobody
}

// Log writes a message into the server's log; see [Logger] for one with attributes.
func Log(ctx context.Context, level slog.Level, message string) {
	if h := host(ctx); h.Log != nil {
		h.Log(ctx, level, message)
	}
}

// Config gives a value of the exit's own settings by its dotted key: text as it is, anything else as JSON; all of them, one
// JSON object, for "". The error is [ErrMissing] where there is none.
func Config(ctx context.Context, key string) (string, error) {
	if h := host(ctx); h.Config != nil {
		return h.Config(ctx, key)
	}
	return "", ErrNoHost
}

// Fact gives one fact of the question by its dotted key, as text: "request.file", "partner.labels.tier".
func Fact(ctx context.Context, key string) (string, error) {
	if h := host(ctx); h.Fact != nil {
		return h.Fact(ctx, key)
	}
	return "", ErrNoHost
}

// Now is the time of the question: the same however often it is asked, and whenever a decision is replayed.
func Now(ctx context.Context) time.Time {
	if h := host(ctx); h.Now != nil {
		return h.Now(ctx)
	}
	return time.Now()
}

// VerifyPassword has a secret of the caller's compared with an argon2id or bcrypt hash, without showing it. It needs the grant
// verify_password, and works twice in one decision.
func VerifyPassword(ctx context.Context, hash string, which Which) (bool, error) {
	if h := host(ctx); h.VerifyPassword != nil {
		return h.VerifyPassword(ctx, hash, which)
	}
	return false, ErrNoHost
}

// HTTP sends a request to an origin that the grant lists and waits for the reply. An answer of the other side is no error,
// whatever its status; that there was none is.
func HTTP(ctx context.Context, q *HTTPRequest) (HTTPReply, error) {
	if h := host(ctx); h.HTTP != nil {
		return h.HTTP(ctx, q)
	}
	return HTTPReply{}, ErrNoHost
}

// Get gives a value that [Put] has kept, in this instance or another. It needs the grant store.
func Get(ctx context.Context, key string) ([]byte, error) {
	if h := host(ctx); h.Get != nil {
		return h.Get(ctx, key)
	}
	return nil, ErrNoHost
}

// Put keeps a value; an empty one takes the key away. All together may have 1 MiB.
func Put(ctx context.Context, key string, value []byte) error {
	if h := host(ctx); h.Put != nil {
		return h.Put(ctx, key, value)
	}
	return ErrNoHost
}
