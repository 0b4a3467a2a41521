package memory

import "sync"

// Faults make the calls of all writers fail or wait, each once.
type Faults struct {
	mu     sync.Mutex
	sync   fault
	write  fault
	commit fault
	rename fault
	block  *block
}

type fault struct {
	in  int
	err error
}

type block struct{ entered, released chan struct{} }

// Sync makes the n-th Sync from now, 1 the next one, fail with err.
func (f *Faults) Sync(n int, err error) { f.set(&f.sync, n, err) }

// Write makes the n-th WriteAt from now fail with err; it writes nothing.
func (f *Faults) Write(n int, err error) { f.set(&f.write, n, err) }

// Commit makes the n-th Commit from now fail with err; the temporary file stays.
func (f *Faults) Commit(n int, err error) { f.set(&f.commit, n, err) }

// Rename makes the n-th Rename from now fail with err; nothing is moved.
func (f *Faults) Rename(n int, err error) { f.set(&f.rename, n, err) }

// BlockSync makes the next Sync wait until release is called. entered is closed when it waits.
func (f *Faults) BlockSync() (entered <-chan struct{}, release func()) {
	b := &block{entered: make(chan struct{}), released: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.block = b
	return b.entered, sync.OnceFunc(func() { close(b.released) })
}

func (f *Faults) set(what *fault, n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*what = fault{in: n, err: err}
}

// next counts one call and returns the error that is due.
func (f *Faults) next(what *fault) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if what.in--; what.in != 0 {
		what.in = max(what.in, 0)
		return nil
	}
	return what.err
}

// wait holds up the call that BlockSync meant.
func (f *Faults) wait() {
	f.mu.Lock()
	b := f.block
	f.block = nil
	f.mu.Unlock()
	if b != nil {
		close(b.entered)
		<-b.released
	}
}
