package local

import (
	"strings"
	"sync"
)

// folders remembers what the backend did to folders: which ones it made for transfers that may still be given up, and
// whose names are on disk.
type folders struct {
	mu      sync.Mutex
	used    map[string]*use
	settled map[string]struct{} // folders whose own name was synced
}

type use struct {
	users int
	ours  bool // made by us, and nothing has been left in it yet
}

const settledMax = 4096

func newFolders() *folders {
	return &folders{used: map[string]*use{}, settled: map[string]struct{}{}}
}

// enter counts one more user of dir and of every folder above it.
func (f *folders) enter(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range above(dir) {
		u := f.used[p]
		if u == nil {
			u = &use{}
			f.used[p] = u
		}
		u.users++
	}
}

// made notes that dir, which the caller has entered, was made just now.
func (f *folders) made(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.settled, dir)
	if u := f.used[dir]; u != nil {
		u.ours = true
	}
}

// claim notes that the last n elements of dir, which the caller has entered, were made for a transfer before a restart.
func (f *folders) claim(dir string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range above(dir) {
		if n--; n < 0 {
			return
		}
		if u := f.used[p]; u != nil {
			u.ours = true
		}
	}
}

// ours says how many of the last elements of dir were made for transfers that have left nothing in them yet.
func (f *folders) ours(dir string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range above(dir) {
		if u := f.used[p]; u == nil || !u.ours {
			return n
		}
		n++
	}
	return n
}

// leave ends what enter began. With kept something stays in dir. Otherwise remove is called for the folders that nobody
// wants any more, deepest first, until one of them stays. It is called under the lock: whoever enters such a folder
// does so before, and then it is wanted, or finds it gone and makes it anew.
func (f *folders) leave(dir string, kept bool, remove func(dir string) (gone bool)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	empty := true
	for p := range above(dir) {
		u := f.used[p]
		if u == nil {
			continue
		}
		if kept {
			u.ours = false
		}
		if u.users--; u.users > 0 {
			continue
		}
		empty = empty && u.ours && remove(p)
		delete(f.used, p)
	}
}

// unsettled gives the folders on the way to dir whose names may not be on disk, the topmost last.
func (f *folders) unsettled(dir string) (dirs []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range above(dir) {
		if _, ok := f.settled[p]; !ok {
			dirs = append(dirs, p)
		}
	}
	return dirs
}

// settle notes that dir's own name is on disk.
func (f *folders) settle(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.settled) >= settledMax {
		clear(f.settled)
	}
	f.settled[dir] = struct{}{}
}

// above yields dir and every folder above it, without the root.
func above(dir string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for dir != "" && yield(dir) {
			dir = dir[:max(0, strings.LastIndexByte(dir, '/'))]
		}
	}
}
