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
