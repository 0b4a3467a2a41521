package requester

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
)

// Take locks a context and reads it. It fails with ErrNoContext, or ErrBusy when another process has it.
func (s *Contexts) Take(id string) (*Held, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	h, err := s.lock(id)
	if err != nil {
		return nil, err
	}
	c, err := s.read(id)
	if err != nil {
		return nil, errors.Join(err, h.unlock(errors.Is(err, ErrNoContext)))
	}
	h.c = c
	return h, nil
}

// hold locks a context that is not written yet.
func (s *Contexts) hold(c Context) (*Held, error) {
	h, err := s.lock(c.ID)
	if err != nil {
		return nil, err
	}
	h.c = c
	return h, nil
}

// lock takes the lock file. One that its holder removed meanwhile is no lock.
func (s *Contexts) lock(id string) (*Held, error) {
	name := s.path(id, lockEnd)
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock restart context %s: %w", id, err)
		}
		busy, err := tryLock(f)
		switch {
		case err != nil:
			return nil, errors.Join(fmt.Errorf("lock restart context %s: %w", id, err), f.Close())
		case busy:
			return nil, errors.Join(fmt.Errorf("%w: %s", ErrBusy, id), f.Close())
		}
		mine, err1 := f.Stat()
		there, err2 := os.Lstat(name)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			return &Held{s: s, f: f}, nil
		}
		if err := errors.Join(err1, f.Close()); err != nil {
			return nil, fmt.Errorf("lock restart context %s: %w", id, err)
		}
	}
}

// Held is a context that this process has locked. Its methods may overlap.
type Held struct {
	s    *Contexts // nil: nothing is kept
	f    *os.File
	mu   sync.Mutex
	c    Context
	gone bool // removed: nothing is saved any more
}

// Context gives a copy.
func (h *Held) Context() Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.c
	c.Ahead = slices.Clone(c.Ahead)
	return c
}

// Update changes the context and makes it durable.
func (h *Held) Update(f func(*Context)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.c)
	if h.gone || h.s == nil {
		return nil
	}
	if err := h.s.write(&h.c); err != nil {
		return fmt.Errorf("save restart context %s: %w", h.c.ID, err)
	}
	return nil
}

// Remove deletes the context durably; Close is still needed.
func (h *Held) Remove() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	if h.s == nil {
		return nil
	}
	err := os.Remove(h.s.path(h.c.ID, contextEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = h.s.syncDir()
	}
	if err != nil {
		return fmt.Errorf("remove restart context %s: %w", h.c.ID, err)
	}
	return nil
}

// Close unlocks the context. Twice is no error.
func (h *Held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unlock(h.gone)
}

// unlock lets go of the lock; its file goes with the context.
func (h *Held) unlock(remove bool) error {
	if h.f == nil {
		return nil
	}
	var err error
	if remove {
		err = os.Remove(h.f.Name())
	}
	err = errors.Join(err, h.f.Close())
	h.f = nil
	if err != nil {
		return fmt.Errorf("unlock a restart context: %w", err)
	}
	return nil
}
