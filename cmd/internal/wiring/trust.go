package wiring

import (
	"context"

	"github.com/postern/postern/sdk"
)

// unchecked marks the context of a dry run that was given no password.
type unchecked struct{}

// trusting takes a password to be right where a dry run was given none; a partner without a password has no right one.
// No call ever has such a context.
type trusting struct{ sdk.PasswordChecker }

// CheckPassword asks the checker, but in a dry run without a password.
func (t trusting) CheckPassword(ctx context.Context, stored, given sdk.Secret) (bool, error) {
	if ctx.Value(unchecked{}) != nil {
		return !stored.Empty(), nil
	}
	return t.PasswordChecker.CheckPassword(ctx, stored, given)
}
