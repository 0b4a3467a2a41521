package limit

import (
	"maps"
	"sync"
)

// Keyed counts slots by a key: a listener's or a partner's name. The limit comes with each take, so that a reload
// changes it without losing a count. The zero value is ready; it may be used from many goroutines.
type Keyed struct {
	mu      sync.Mutex
	used    map[string]int // no zeros
	refused uint64
}

// Take takes a slot of key when fewer than max are taken; max 0 means that there is no limit. Release is as in
// [Slots.Take].
func (k *Keyed) Take(key string, max int) (release func(), ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if full(k.used[key], max) {
		k.refused++
		return func() {}, false
	}
	if k.used == nil {
		k.used = map[string]int{}
	}
	k.used[key]++
	return sync.OnceFunc(func() { k.give(key) }), true
}

func (k *Keyed) give(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.used[key]--; k.used[key] == 0 {
		delete(k.used, key)
	}
}

// Count tells how many slots of key are taken.
func (k *Keyed) Count(key string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.used[key]
}

// Counts tells how many slots are taken of every key that has any.
func (k *Keyed) Counts() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.used)
}

// Refused tells how many takes have failed since the start.
func (k *Keyed) Refused() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.refused
}
