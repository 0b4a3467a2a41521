package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Settings say where the files are and how many bytes they may take.
type Settings struct {
	Root    string           // the folder; made, with its parents, where it is missing
	Quota   int64            // bytes of all files below Root, temporary ones included; 0: no limit
	Reserve int64            // bytes of the disk that stay free
	Now     func() time.Time // nil: time.Now
}

// Validate reports every fault at once.
func (s Settings) Validate() error {
	var faults []error
	if s.Root == "" {
		faults = append(faults, errors.New("root is empty"))
	}
	if s.Quota < 0 {
		faults = append(faults, fmt.Errorf("quota %d is negative", s.Quota))
	}
	if s.Reserve < 0 {
		faults = append(faults, fmt.Errorf("reserve %d is negative", s.Reserve))
	}
	return errors.Join(faults...)
}

// Backend is a folder. It implements every optional ability of sdk as well.
type Backend struct {
	root       *os.Root
	walker     walker
	rootLength int // of its full path, with the slash behind it
	ledger     *ledger
	folders    *folders
	vectors    sync.Pool // of *vector, for readers
	sys        system
}

// system is what a test may make fail.
type system struct {
	datasync func(*os.File) error          // the bytes and the size are on disk
	sync     func(*os.File) error          // and everything else of a file or a folder
	free     func(*os.File) (int64, error) // bytes that may still be written on the file's disk
}

// New opens the folder. With a quota it first counts the bytes of all files in it.
func New(s Settings) (*Backend, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if err := makeRoot(s.Root); err != nil {
		return nil, fmt.Errorf("make the backend's root: %w", err)
	}
	root, err := os.OpenRoot(s.Root)
	if err != nil {
		return nil, fmt.Errorf("open the backend's root: %w", err)
	}
	full, err := filepath.Abs(s.Root)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find the backend's root: %w", err), root.Close())
	}
	walk, err := newWalker(root)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the backend's root: %w", err), root.Close())
	}
	b := &Backend{
		root:       root,
		walker:     walk,
		rootLength: len(full) + 1,
		folders:    newFolders(),
		sys:        system{datasync: datasync, sync: syncFile, free: freeBytes},
	}
	b.vectors.New = func() any { return newVector() }
	b.ledger = newLedger(s, b.sizes)
	if s.Quota > 0 {
		if err := b.ledger.count(); err != nil {
			return nil, errors.Join(fmt.Errorf("count the bytes below %s: %w", s.Root, err), b.Close())
		}
	}
	return b, nil
}

// Close gives back the folder. Writers and readers that are open stay usable until they are closed, but a Commit,
// Discard or first Sync of them fails.
func (b *Backend) Close() error { return errors.Join(b.walker.Close(), b.root.Close()) }
