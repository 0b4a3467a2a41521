package wasm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// FileStore is a [Store] in one file, which is written anew with each Put: it is for the few values that an exit must
// find again after a restart of the server, not for many.
type FileStore struct {
	path string

	mu     sync.Mutex
	values *MemoryStore
}

// OpenFileStore reads the store at path, or begins an empty one. Its folder must be there. One server at a time uses it.
func OpenFileStore(path string) (*FileStore, error) {
	s := &FileStore{path: path, values: NewMemoryStore()}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	var kept []pair
	if err := json.Unmarshal(b, &kept); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	for _, p := range kept {
		if err := s.values.Put(string(p.Key), p.Value); err != nil {
			return nil, fmt.Errorf("open store %s: %w", path, err)
		}
	}
	return s, nil
}

// Get gives the value of a key.
func (s *FileStore) Get(key string) ([]byte, bool) { return s.values.Get(key) }

// Put keeps a value durably, or fails and leaves what was there.
func (s *FileStore) Put(key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, _ := s.values.Get(key)
	if err := s.values.Put(key, value); err != nil {
		return err
	}
	err := s.write()
	if err != nil {
		err = errors.Join(fmt.Errorf("keep %q: %w", key, err), s.values.Put(key, old))
	}
	return err
}

// pair is one value as it stands in the file. Keys are any bytes.
type pair struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
}

func (s *FileStore) pairs() []pair {
	s.values.mu.Lock()
	defer s.values.mu.Unlock()
	out := make([]pair, 0, len(s.values.values))
	for _, k := range slices.Sorted(maps.Keys(s.values.values)) {
		out = append(out, pair{[]byte(k), s.values.values[k]})
	}
	return out
}

// write replaces the file by one with the present values.
func (s *FileStore) write() error {
	b, err := json.Marshal(s.pairs())
	if err != nil {
		return err
	}
	dir := filepath.Dir(s.path)
	f, err := os.CreateTemp(dir, filepath.Base(s.path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.path); err != nil {
		return err
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
