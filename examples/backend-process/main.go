// Command backend-process is a backend in a process of its own: it keeps every file twice, in two folders, best on two disks.
//
// The first folder decides: there a name is taken, and there it is looked up first. What is in the first is in the second too, or
// a commit that was interrupted goes on to put it there.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
)

func main() {
	process.ServeBackend(sdk.Storage{Name: "backend-process", Version: "1", Abilities: sdk.AbilitiesOf(&twice{}, &writer{}), Open: configure})
}

// settings are the backend's own, from the configuration.
type settings struct {
	First  string `json:"first"`  // the folder that decides; made if it is missing
	Second string `json:"second"` // the folder with the second copies; made if it is missing
}

func configure(config json.RawMessage, _ sdk.Backend) (sdk.Backend, error) {
	var s settings
	if err := json.Unmarshal(config, &s); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return open(s)
}

// twice keeps files in two folders, out of which nothing leads: each is an os.Root.
type twice struct {
	roots [2]*os.Root
	fsync func(*os.File) error

	names sync.Mutex // held while a file gets, changes or loses its name, so that both folders tell the same story

	mu      sync.Mutex
	writing map[string]bool // ids of the transfers whose temporary files are open
}

// parts is the folder of the temporary files, one for each transfer, named for its id. No path leads there: no element of
// one begins with a dot.
const parts = ".parts"

func open(s settings) (*twice, error) {
	first, err := filepath.Abs(s.First)
	if err != nil {
		return nil, err
	}
	second, err := filepath.Abs(s.Second)
	if err != nil {
		return nil, err
	}
	if s.First == "" || s.Second == "" || first == second {
		return nil, errors.New("settings first and second: two folders are needed")
	}
	b := &twice{fsync: (*os.File).Sync, writing: map[string]bool{}}
	for i, dir := range []string{first, second} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
		if b.roots[i], err = os.OpenRoot(dir); err != nil {
			return nil, err
		}
		if err := errors.Join(b.roots[i].MkdirAll(parts, 0o700), b.syncFolder(b.roots[i], ".")); err != nil {
			return nil, fmt.Errorf("folder %s: %w", dir, err)
		}
	}
	return b, nil
}

// syncFolder makes the names in a folder durable.
func (b *twice) syncFolder(r *os.Root, name string) error {
	f, err := r.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(b.fsync(f), f.Close())
}

// claim notes that a transfer's temporary file is in use; release lets it go.
func (b *twice) claim(id string, busy sdk.Code) (release func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.writing[id] {
		return nil, sdk.Refuse(busy, "transfer %s is being written", id)
	}
	b.writing[id] = true
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.writing, id)
	}, nil
}
