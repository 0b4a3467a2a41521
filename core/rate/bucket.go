// Package rate holds what passes to so many bytes a second. A [Bucket] is shared by all that together may not be faster;
// a [Meter] is the buckets that one of them is held by; a [Table] knows the buckets of a server.
//
// It never waits: it says for how long whoever took bytes has to take no more. It is not for counting what runs at once
// (core/limit).
//
// The main calls are [Table.Session] and [Meter.Take].
package rate

import (
	"sync"
	"time"
)

// slack is how much time without use a bucket makes up for afterwards: it bounds the burst to what passes in it. It
// covers the lateness of timers, so that many that wait come to the whole rate together.
const slack = 250 * time.Millisecond

// Bucket is one rate. What passes within any span of time is at most the rate times the span and [slack], and one
// quantum for each who takes. It may be used from many goroutines.
type Bucket struct {
	mu   sync.Mutex
	rate int64     // bytes a second; 0: no limit
	next time.Time // when everything taken so far has passed at that rate
}

// Take notes that n bytes pass now, and returns for how long whoever took them may take no more. Who comes while others
// wait is behind them.
func (b *Bucket) Take(n int, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate <= 0 {
		return 0
	}
	if earliest := now.Add(-slack); b.next.Before(earliest) {
		b.next = earliest
	}
	b.next = b.next.Add(time.Duration(float64(n) / float64(b.rate) * float64(time.Second)))
	return max(b.next.Sub(now), 0)
}

// Set changes the rate, in bytes a second, for what is taken from now on; 0: no limit.
func (b *Bucket) Set(rate int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate != rate {
		b.rate, b.next = rate, time.Time{}
	}
}

// Rate is the rate of now; 0: no limit.
func (b *Bucket) Rate() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rate
}

// Meter is what one transfer is held by: all of the buckets. Nil holds nothing.
type Meter []*Bucket

// Take takes n bytes of every bucket; the longest wait counts.
func (m Meter) Take(n int) time.Duration {
	var wait time.Duration
	now := time.Now()
	for _, b := range m {
		wait = max(wait, b.Take(n, now))
	}
	return wait
}

// The bounds of a quantum. The least is a read that is still worth its system call.
const (
	leastQuantum = 4 << 10
	mostQuantum  = 256 << 10
	quanta       = 64 // in a second, of one transfer alone
)

// Quantum is how many bytes to take at once, so that they come evenly and nobody waits long behind another.
func (m Meter) Quantum() int {
	q := int64(mostQuantum)
	for _, b := range m {
		if r := b.Rate(); r > 0 {
			q = min(q, r/quanta)
		}
	}
	return int(max(q, leastQuantum))
}

// limited are the buckets of m that have a limit now; nil: none.
func (m Meter) limited() Meter {
	var out Meter
	for _, b := range m {
		if b.Rate() > 0 {
			out = append(out, b)
		}
	}
	return out
}
