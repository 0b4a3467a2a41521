package wasm

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/tetratelabs/wazero"
)

// codes is the compiled code of the modules behind a gate. Exits that load the same module run the same code: in copies of
// its own each would push the others' out of the processor's caches. Nothing else is shared: a runtime, its limits and its
// instances are one exit's.
type codes struct {
	mu   sync.Mutex
	held map[[sha256.Size]byte]*code
}

// code is what one module is compiled to. The module is the metered one: what the limits of an exit change in it is there.
type code struct {
	sum   [sha256.Size]byte
	users int // guarded by codes.mu

	making sync.Mutex // one compiles, whoever comes meanwhile takes what it made
	cache  wazero.CompilationCache
}

// take gives the code of a module, which may have to be compiled first. Each one taken is given back with give.
func (s *codes) take(module []byte) *code {
	sum := sha256.Sum256(module)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.held[sum]
	if c == nil {
		c = &code{sum: sum}
		if s.held == nil {
			s.held = map[[sha256.Size]byte]*code{}
		}
		s.held[sum] = c
	}
	c.users++
	return c
}

// give lets go of a code that no instance of the caller's runs any more. The last one frees it.
func (s *codes) give(c *code) error {
	s.mu.Lock()
	c.users--
	last := c.users == 0
	if last {
		delete(s.held, c.sum)
	}
	s.mu.Unlock()
	if !last || c.cache == nil {
		return nil
	}
	return c.cache.Close(context.Background())
}
