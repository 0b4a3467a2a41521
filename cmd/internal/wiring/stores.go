package wiring

import (
	"context"
	"sync"

	"github.com/postern/postern/plugins/wasm"
)

// stores are the values of exits. There is one store for each file, however many versions of an exit use it: two would
// each write back what the other has changed.
type stores struct {
	mu   sync.Mutex
	open map[string]*usedStore // by path
}

type usedStore struct {
	wasm.Store
	users int
}

// take gives the store at path to one more user, who calls the release once.
func (s *stores) take(path string) (_ wasm.Store, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.open[path]
	if x == nil {
		file, err := wasm.OpenFileStore(path)
		if err != nil {
			return nil, nil, err
		}
		if s.open == nil {
			s.open = map[string]*usedStore{}
		}
		x = &usedStore{Store: file}
		s.open[path] = x
	}
	x.users++
	return x, func() { s.drop(path, x) }, nil
}

func (s *stores) drop(path string, x *usedStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.users--; x.users == 0 {
		delete(s.open, path)
	}
}

// keeper is a module that lets go of its store when it is closed.
type keeper struct {
	*wasm.Exit
	release func()
}

// Close closes the exit.
func (k keeper) Close(ctx context.Context) error { return closeAndRelease(ctx, k.Exit, k.release) }

// closeAndRelease closes an exit once and lets go of its store. An exit that was not closed in time may still write: it
// keeps its store.
func closeAndRelease(ctx context.Context, x closer, release func()) error {
	err := x.Close(ctx)
	if err == nil || ctx.Err() == nil {
		release()
	}
	return err
}
