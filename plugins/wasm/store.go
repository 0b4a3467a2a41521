package wasm

import (
	"errors"
	"sync"
)

// Store keeps an exit's values. Calls may overlap. Put keeps value, and with an empty one takes the key away; it fails
// when keys and values would have more than 1 MiB together. What Get gives is not changed.
type Store interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}

// maxStore is the most that a store keeps, keys and values counted.
const maxStore = 1 << 20

// ErrStoreFull says that a value did not fit.
var ErrStoreFull = errors.New("the exit's store is full")

// perKey is what a pair costs besides its bytes, so that many small ones are not free.
const perKey = 64

// MemoryStore is a [Store] that forgets everything when the server ends.
type MemoryStore struct {
	mu     sync.Mutex
	values map[string][]byte
	size   int
}

// NewMemoryStore makes an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{values: map[string][]byte{}} }

// Get gives the value of a key.
func (m *MemoryStore) Get(key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	return v, ok
}

// Put keeps a value, or fails with [ErrStoreFull].
func (m *MemoryStore) Put(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := m.size
	if old, ok := m.values[key]; ok {
		size -= perKey + len(key) + len(old)
	}
	if len(value) == 0 {
		delete(m.values, key)
		m.size = size
		return nil
	}
	if size += perKey + len(key) + len(value); size > maxStore {
		return ErrStoreFull
	}
	m.values[key], m.size = value, size
	return nil
}
