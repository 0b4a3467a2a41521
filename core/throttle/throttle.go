// Package throttle bans an address for a while after too many failed authentications.
//
// It is not for limits of what runs at once (core/limit counts those), and it decides nothing about a partner: whoever
// guesses at passwords is known by its address only.
//
// The main calls are [Throttle.Banned] at each call, and [Throttle.Failed] or [Throttle.Passed] once a caller has shown
// what it knows.
package throttle

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// MostFailures is the largest number of failures that may be asked for: each costs memory until it is forgotten.
const MostFailures = 1000

// mostKept bounds the failures and bans that are remembered, of all addresses together: some 6 MiB. Whoever fails costs
// the server a password hash, so that no flood makes as many within a usual span.
const mostKept = 1 << 15

// Settings of the throttle. An address with Failures failed authentications within the span Within is banned for Ban.
type Settings struct {
	Failures    int // 0: nobody is ever banned
	Within, Ban time.Duration
}

// Throttle counts failures by address: each IPv4 address is one, and of IPv6 the network of 64 bits, which is what one
// caller has. All methods may be called from many goroutines; a nil throttle bans nobody.
type Throttle struct {
	now   func() time.Time
	start time.Time // times are kept as the span since then, which a change of the clock leaves alone

	mu       sync.Mutex
	settings Settings
	records  map[netip.Prefix]*record
	counting list.List // records by their last failure, oldest first
	banned   list.List // records by the end of their ban
	kept     int       // failures and bans in records
	bans     uint64
}

// record is what is known of one address.
type record struct {
	net   netip.Prefix
	times []time.Duration // of the failures that count, oldest first; none while banned
	until time.Duration   // the end of the ban
	place *list.Element
	ban   bool
}

// New makes a throttle that knows nobody. The settings must be valid.
func New(s Settings, now func() time.Time) *Throttle {
	return &Throttle{now: now, start: now(), settings: s, records: map[netip.Prefix]*record{}}
}

// Apply changes the settings for the failures that follow. Bans go on to their end, unless nobody is to be banned any
// more.
func (t *Throttle) Apply(s Settings) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settings = s
	if s.Failures == 0 {
		t.records, t.kept = map[netip.Prefix]*record{}, 0
		t.counting.Init()
		t.banned.Init()
	}
}

// Ban is the ban of an address; that of nobody is zero.
type Ban struct {
	Net   netip.Prefix
	Until time.Time
}

// Banned tells the ban of an address; ok is false when there is none.
func (t *Throttle) Banned(a netip.Addr) (b Ban, ok bool) {
	if t == nil {
		return Ban{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.banOf(a, t.expire())
}

// Passed notes an authentication that held: the failures of the address are forgotten. When the address was banned
// meanwhile its ban is told, nothing is forgotten and the caller must not be let in: what it showed was one guess too
// many, however it came out.
func (t *Throttle) Passed(a netip.Addr) (b Ban, ok bool) {
	if t == nil {
		return Ban{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if b, ok := t.banOf(a, t.expire()); ok {
		return b, true
	}
	if r := t.records[Net(a)]; r != nil {
		t.forget(r)
	}
	return Ban{}, false
}

// Outcome of a failure.
type Outcome int

const (
	Counted Outcome = iota // and no more
	Began                  // it was the last one: the ban begins
	Already                // the address was banned meanwhile: the caller learns that, and not how its guess came out
)

// Failed notes a failed authentication. The ban is told with Began and Already.
func (t *Throttle) Failed(a netip.Addr) (Ban, Outcome) {
	if t == nil {
		return Ban{}, Counted
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.expire()
	if b, ok := t.banOf(a, now); ok {
		return b, Already
	}
	if t.settings.Failures == 0 {
		return Ban{}, Counted
	}
	r := t.fail(Net(a), now)
	began := len(r.times) >= t.settings.Failures
	if began {
		t.ban(r, now)
	}
	t.makeRoom(r)
	if !began {
		return Ban{}, Counted
	}
	return t.told(r), Began
}

// Count tells how many addresses are banned now, and how many bans there have been since the start.
func (t *Throttle) Count() (now int, since uint64) {
	if t == nil {
		return 0, 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire()
	return t.banned.Len(), t.bans
}

// Net is what counts as one address: an IPv4 address, in whatever clothes, or an IPv6 network of 64 bits.
func Net(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address at all: all of those are one
	}
	return p
}
