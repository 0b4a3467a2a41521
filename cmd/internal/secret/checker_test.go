package secret

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

var _ sdk.PasswordChecker = (*Checker)(nil)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time          { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) move(d time.Duration)    { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }
func newClock() *clock                   { return &clock{t: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }
func cheap(t *testing.T) (stored string) { return cheapHash(t, "sesame") }

// cheapHash is a legal hash that costs next to nothing.
func cheapHash(t *testing.T, password string) string {
	t.Helper()
	a := argon{memory: 8, time: 1, threads: 1, salt: make([]byte, saltLen), sum: make([]byte, sumLen)}
	if _, err := rand.Read(a.salt); err != nil {
		t.Fatal(err)
	}
	a.sum = a.derive(sdk.NewSecret(password))
	return a.String()
}

func newChecker(t *testing.T, c *clock) *Checker {
	t.Helper()
	k, err := NewChecker(c.now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func check(t *testing.T, c *Checker, stored, given string) bool {
	t.Helper()
	ok, err := c.CheckPassword(t.Context(), sdk.NewSecret(stored), sdk.NewSecret(given))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestEveryWrongAnswerCostsOneHash(t *testing.T) {
	c := newChecker(t, newClock())
	hash, plain := cheap(t), "open sesame"
	for _, x := range []struct {
		name, stored, given string
		right               bool
		hashes              uint64
	}{
		{"nothing stored", "", "sesame", false, 1},
		{"nothing stored and nothing given", "", "", false, 1},
		{"a wrong password", hash, "wrong", false, 1},
		{"an empty password", hash, "", false, 1},
		{"the empty password of an empty hash", cheapHash(t, ""), "", false, 1},
		{"a wrong password against plain text", plain, "wrong", false, 1},
		{"an empty password against plain text", plain, "", false, 1},
		{"a longer password against plain text", plain, plain + "x", false, 1},
		{"the right one against plain text", plain, plain, true, 0},
		{"the right one", hash, "sesame", true, 1},
		{"the right one again", hash, "sesame", true, 0},
		{"a wrong one again", hash, "wrong", false, 1},
	} {
		before := c.Hashed()
		if got := check(t, c, x.stored, x.given); got != x.right {
			t.Errorf("%s: %v", x.name, got)
		}
		if n := c.Hashed() - before; n != x.hashes {
			t.Errorf("%s: cost %d hashes, want %d", x.name, n, x.hashes)
		}
	}
}

func TestARightPasswordIsRememberedForFiveMinutesAndNotAfterAChange(t *testing.T) {
	k := newClock()
	c := newChecker(t, k)
	stored := cheap(t)
	check(t, c, stored, "sesame")
	k.move(5*time.Minute - time.Nanosecond)
	check(t, c, stored, "sesame")
	if c.Hashed() != 1 {
		t.Errorf("hashed %d times within five minutes", c.Hashed())
	}
	k.move(time.Nanosecond)
	check(t, c, stored, "sesame")
	if c.Hashed() != 2 {
		t.Errorf("hashed %d times after five minutes, want 2", c.Hashed())
	}
	if check(t, c, cheapHash(t, "changed"), "sesame") {
		t.Error("the old password is right for a new hash")
	}
	check(t, c, cheap(t), "sesame")
	if c.Hashed() != 4 {
		t.Errorf("hashed %d times, want 4: another stored hash of the same password is another one", c.Hashed())
	}
}

func TestTheMemoryIsBounded(t *testing.T) {
	k := newClock()
	c := newChecker(t, k)
	first := cheap(t)
	check(t, c, first, "sesame")
	for i := range maxMemories {
		k.move(time.Millisecond)
		c.remember(c.digest(sdk.NewSecret(fmt.Sprint(i)), sdk.Secret{}))
	}
	if len(c.right) != maxMemories {
		t.Errorf("%d are remembered, want %d", len(c.right), maxMemories)
	}
	check(t, c, first, "sesame")
	if c.Hashed() != 2 {
		t.Error("the oldest was not the one to be forgotten")
	}
	k.move(time.Hour)
	c.remember(c.digest(sdk.NewSecret("new"), sdk.Secret{}))
	if len(c.right) != 1 {
		t.Errorf("%d are remembered after all were over, want 1", len(c.right))
	}
}

func TestAtMostTwoAreHashedAtOnceAndWhoWaitsMayGiveUp(t *testing.T) {
	c := newChecker(t, newClock())
	for range atOnce {
		c.gate <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := c.CheckPassword(ctx, sdk.NewSecret(cheap(t)), sdk.NewSecret("sesame"))
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Fatalf("gave up with %v", err)
	}
	if c.Hashed() != 0 {
		t.Fatal("hashed while the gate was full")
	}
	for range atOnce {
		<-c.gate
	}
	if !check(t, c, cheap(t), "sesame") {
		t.Fatal("the gate stays shut")
	}
}

func TestCallersWhoAskTheSameAtOncePayLittle(t *testing.T) {
	c := newChecker(t, newClock())
	stored := cheap(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if ok, err := c.CheckPassword(t.Context(), sdk.NewSecret(stored), sdk.NewSecret("sesame")); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	all.Wait()
	if c.Hashed() > atOnce {
		t.Errorf("50 equal questions cost %d hashes", c.Hashed())
	}
}

func TestADamagedHashIsAnErrorAndNeverRight(t *testing.T) {
	c := newChecker(t, newClock())
	bad := "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, err := c.CheckPassword(t.Context(), sdk.NewSecret(bad), sdk.NewSecret(bad)); ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
	if _, err := NewChecker(time.Now, bytes.NewReader(nil)); err == nil {
		t.Error("made without randomness")
	}
}
