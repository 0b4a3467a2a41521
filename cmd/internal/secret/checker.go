package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern/postern/sdk"
)

const (
	atOnce      = 2               // hashes computed at the same time
	remembered  = 5 * time.Minute // how long a right password is known again without hashing
	maxMemories = 1024
	maxWaiting  = 64 // who finds so many before it is sent away: about two seconds of hashing
)

// Checker compares passwords. It is an [sdk.PasswordChecker].
//
// A wrong answer costs one hash, whatever was wrong, plain text behind a reference included, so that time does not
// tell an unknown name from a wrong password. At most two hashes are computed at once, so that a flood of logins leaves
// the processors to the transfers. Who comes first is served first; who waits gives up when its context ends, and nobody
// waits behind 64 others. A right password is remembered for five minutes, as a keyed digest that means nothing outside this
// process and is another one as soon as the stored hash changes.
type Checker struct {
	now     func() time.Time
	gate    chan struct{}
	waiting atomic.Int64
	key     []byte
	dummy   sdk.Secret
	hashed  atomic.Uint64

	mu    sync.Mutex
	right map[[sha256.Size]byte]time.Time // until when
}

// NewChecker makes a checker with a key of its own from random.
func NewChecker(now func() time.Time, random io.Reader) (*Checker, error) {
	b := make([]byte, sha256.Size+saltLen+sumLen)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("make a password checker: %w", err)
	}
	nobody := argon{memory: newMemory, time: newTime, threads: newThreads, salt: b[sha256.Size:][:saltLen], sum: b[sha256.Size+saltLen:]}
	return &Checker{now: now, gate: make(chan struct{}, atOnce), key: b[:sha256.Size], dummy: sdk.NewSecret(nobody.String()),
		right: map[[sha256.Size]byte]time.Time{}}, nil
}

// CheckPassword reports whether given is the stored password. An empty one, stored or given, is never right. The error
// is the context's, says why the stored hash cannot be compared, or is a temporary refusal when too many wait.
func (c *Checker) CheckPassword(ctx context.Context, stored, given sdk.Secret) (bool, error) {
	hash := isHash(stored.Reveal())
	if !hash && !stored.Empty() && c.same(stored, given) {
		return true, nil
	}
	digest := c.digest(stored, given)
	if hash && c.remembers(digest) {
		return true, nil
	}
	if err := c.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-c.gate }()
	if !hash {
		stored = c.dummy
	} else if c.remembers(digest) { // somebody checked the same while we waited
		return true, nil
	}
	c.hashed.Add(1)
	ok, err := verify(stored, given)
	if err != nil || !ok || !hash || given.Empty() {
		return false, err
	}
	c.remember(digest)
	return true, nil
}

// enter waits for a turn to hash. The runtime lets those who wait to send go first come, first served.
func (c *Checker) enter(ctx context.Context) error {
	select {
	case c.gate <- struct{}{}: // only when nobody waits
		return nil
	default:
	}
	defer c.waiting.Add(-1)
	if n := c.waiting.Add(1); n > maxWaiting {
		return sdk.Refuse(sdk.LimitSessions, "%d logins wait for their passwords to be checked", n-1)
	}
	select {
	case c.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to check a password: %w", context.Cause(ctx))
	}
}

// Hashed tells how many hashes have been computed since the start.
func (c *Checker) Hashed() uint64 { return c.hashed.Load() }

// same compares plain text in a time that tells nothing, not even the length.
func (c *Checker) same(stored, given sdk.Secret) bool {
	a, b := c.digest(stored, sdk.Secret{}), c.digest(given, sdk.Secret{})
	return hmac.Equal(a[:], b[:])
}

// digest stands for a pair of stored and given secret.
func (c *Checker) digest(stored, given sdk.Secret) (d [sha256.Size]byte) {
	m := hmac.New(sha256.New, c.key)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(stored.Reveal())))
	m.Write(n[:])
	m.Write([]byte(stored.Reveal()))
	m.Write([]byte(given.Reveal()))
	m.Sum(d[:0])
	return d
}

func (c *Checker) remembers(d [sha256.Size]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.right[d]
	return ok && c.now().Before(until)
}

// remember makes room by forgetting what is over, or else what would be over first.
func (c *Checker) remember(d [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if len(c.right) >= maxMemories {
		var first [sha256.Size]byte
		var when time.Time
		for k, until := range c.right {
			if !now.Before(until) {
				delete(c.right, k)
			} else if when.IsZero() || until.Before(when) {
				first, when = k, until
			}
		}
		if len(c.right) >= maxMemories {
			delete(c.right, first)
		}
	}
	c.right[d] = now.Add(remembered)
}
