package author

import (
	"context"

	"github.com/postern/postern/cmd/internal/record"
	"github.com/postern/postern/sdk"
)

// recordedKey is how the check of passwords finds the event that is replayed.
type recordedKey struct{}

// WithRecorded lets [Passwords] know which event is asked about.
func WithRecorded(ctx context.Context, e *record.Event) context.Context {
	return context.WithValue(ctx, recordedKey{}, e)
}

// Passwords checks as a server does, but for a password that was masked when it was recorded: nobody knows it any more. It
// is right, unless the recorded answer was that it is not.
type Passwords struct{ sdk.PasswordChecker }

// CheckPassword compares a given password with a stored one.
func (p Passwords) CheckPassword(ctx context.Context, stored, given sdk.Secret) (bool, error) {
	e, _ := ctx.Value(recordedKey{}).(*record.Event)
	if e == nil || given.Reveal() != record.Masked {
		return p.PasswordChecker.CheckPassword(ctx, stored, given)
	}
	if e.Verdict == nil || e.Verdict.Refusal == nil {
		return true, nil
	}
	code := e.Verdict.Refusal.Code
	return code != sdk.PartnerPassword && code != sdk.PartnerUnknown, nil
}
