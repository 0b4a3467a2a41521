package requester

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/postern/postern/sdk"
)

const (
	contextEnd = ".json"
	lockEnd    = ".lock"
	newEnd     = ".new"
)

// Contexts keeps restart contexts in a folder, one JSON file each. A file is replaced by a rename, and durable when a
// save returns: a crash leaves the one before or the one after. While a context is in use it is locked against other
// processes. Calls may overlap.
type Contexts struct {
	dir  string
	sync func(*os.File) error
}

// OpenContexts opens the folder; where it is missing it is made, for its owner alone.
func OpenContexts(dir string) (*Contexts, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of restart contexts: %w", err)
	}
	return &Contexts{dir: dir, sync: (*os.File).Sync}, nil
}

// Dir is the folder.
func (s *Contexts) Dir() string { return s.dir }

// List gives every context that can be read, oldest first, and the faults of those that cannot.
func (s *Contexts) List() ([]Context, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list restart contexts: %w", err)
	}
	var out []Context
	var faults []error
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), contextEnd)
		if !ok {
			continue
		}
		c, err := s.read(id)
		switch {
		case errors.Is(err, ErrNoContext): // it went away meanwhile
		case err != nil:
			faults = append(faults, err)
		default:
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Context) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	return out, errors.Join(faults...)
}

// Last gives the id of the context saved last that match accepts. It fails with ErrNoContext when there is none.
func (s *Contexts) Last(match func(Context) bool) (string, error) {
	all, err := s.List()
	for _, c := range slices.Backward(all) {
		if match(c) {
			return c.ID, nil
		}
	}
	return "", errors.Join(ErrNoContext, err)
}

// Get reads a context without taking it.
func (s *Contexts) Get(id string) (Context, error) {
	if err := sdk.CheckID(id); err != nil {
		return Context{}, fmt.Errorf("%w: %.60q", ErrNoContext, id)
	}
	return s.read(id)
}

func (s *Contexts) read(id string) (Context, error) {
	b, err := os.ReadFile(s.path(id, contextEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return Context{}, fmt.Errorf("%w: %s", ErrNoContext, id)
	}
	if err != nil {
		return Context{}, fmt.Errorf("read restart context %s: %w", id, err)
	}
	c, err := decodeContext(b, id)
	if err != nil {
		return Context{}, fmt.Errorf("read restart context %s: %w", s.path(id, contextEnd), err)
	}
	return c, nil
}

func (s *Contexts) path(id, end string) string { return filepath.Join(s.dir, id+end) }

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

// write replaces the context's file: written under another name, synced, renamed, and the folder synced.
func (s *Contexts) write(c *Context) error {
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	name := s.path(c.ID, newEnd)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|noFollow, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = s.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(name, s.path(c.ID, contextEnd))
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return s.syncDir()
}

func (s *Contexts) syncDir() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(s.sync(d), d.Close())
}
