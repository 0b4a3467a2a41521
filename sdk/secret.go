package sdk

import (
	"context"
	"crypto/subtle"
	"log/slog"
)

// Secret holds a password or its hash. Every way of printing it gives three stars.
type Secret struct{ value string }

const masked = "***"

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value. Call it only where the value is needed: to check it or to send it.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.value == "" }

// Equal compares in constant time for values of equal length.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.value), []byte(t.value)) == 1
}

func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return masked
}

// GoString masks the value in %#v.
func (s Secret) GoString() string { return "sdk.Secret{" + s.String() + "}" }

// MarshalText masks the value in JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue masks the value in slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// PasswordChecker compares a given password with a stored one. Stored is an argon2id or bcrypt hash or, where the
// configuration allows a reference to plain text, the password itself. An empty stored secret costs as much time as
// a wrong one and is never right. Calls may overlap; the implementation bounds how many hash at once, and how many wait:
// beyond that the error is a temporary refusal.
type PasswordChecker interface {
	CheckPassword(ctx context.Context, stored, given Secret) (bool, error)
}
