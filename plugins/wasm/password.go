package wasm

import (
	"context"
	"strconv"
	"strings"

	"github.com/postern/postern/sdk"
)

// What a module may ask of the host's hashing in one decision.
const (
	maxChecks     = 2
	maxHash       = 512
	maxArgonKiB   = 64 << 10
	maxArgonTime  = 4
	maxArgonLanes = 4
	maxBcryptCost = 12
)

// verifyPassword compares the caller's secret (0) or new secret (1) with a hash that the module has: 1 right, 0 wrong.
func verifyPassword(t *task, s []uint64) {
	if !t.exit.grants.VerifyPassword {
		answer(s, answerNotGranted)
		return
	}
	hash, ok := t.bytes(s[0], min(uint64(uint32(s[1])), maxHash+1))
	t.burnBytes(len(hash))
	stored := string(hash)
	if t.checks++; !ok || t.checks > maxChecks || !affordable(stored) {
		answer(s, answerArgument)
		return
	}
	if t.q.Facts == nil || t.q.Facts.Claim == nil {
		answer(s, answerMissing)
		return
	}
	var given sdk.Secret
	switch uint32(s[2]) {
	case 0:
		given = t.q.Facts.Claim.Secret
	case 1:
		given = t.q.Facts.Claim.NewSecret
	default:
		answer(s, answerArgument)
		return
	}
	var right bool
	var err error
	var late bool
	t.outside(func(ctx context.Context) {
		right, err = t.exit.pass.CheckPassword(ctx, sdk.NewSecret(stored), given)
		late = ctx.Err() != nil
	})
	switch {
	case err != nil && late:
		answer(s, answerDeadline)
	case err != nil:
		panic(stopped(ErrTrap, "the password could not be checked: %v", err))
	case right && !given.Empty():
		answer(s, 1)
	default:
		answer(s, 0)
	}
}

// affordable accepts argon2id and bcrypt hashes that do not cost more than the host is willing to spend. Plain text is
// none.
func affordable(hash string) bool {
	if len(hash) > maxHash {
		return false
	}
	parts := strings.Split(hash, "$")
	switch {
	case len(parts) == 6 && parts[1] == "argon2id":
		return argonCosts(parts[3])
	case len(parts) == 4 && (parts[1] == "2a" || parts[1] == "2b" || parts[1] == "2y"):
		cost, err := strconv.Atoi(parts[2])
		return err == nil && cost <= maxBcryptCost
	}
	return false
}

func argonCosts(params string) bool {
	most := map[string]uint64{"m": maxArgonKiB, "t": maxArgonTime, "p": maxArgonLanes}
	for p := range strings.SplitSeq(params, ",") {
		name, value, _ := strings.Cut(p, "=")
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n == 0 || n > most[name] {
			return false
		}
		delete(most, name)
	}
	return len(most) == 0
}
