package config

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watcher tells when a file changes. It watches the file's folder, so that an editor that writes another file and
// renames it over the first is seen too.
type Watcher struct {
	notify *fsnotify.Watcher
	path   string
	quiet  time.Duration
}

// NewWatcher watches a file, which need not exist. A change is told once nothing more happened for the quiet time, so
// that a file is not read half written. Close it, or run it to its end.
func NewWatcher(path string, quiet time.Duration) (*Watcher, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the configuration: %w", err)
	}
	if err := n.Add(filepath.Dir(full)); err != nil {
		n.Close()
		return nil, fmt.Errorf("watch the configuration's folder: %w", err)
	}
	return &Watcher{n, full, quiet}, nil
}

// Close ends the watching, and Run.
func (w *Watcher) Close() error { return w.notify.Close() }

// Run calls changed after each change, one call at a time, until ctx ends or the watcher is closed. It returns the
// first error of the watching itself, and nil at the end of ctx.
func (w *Watcher) Run(ctx context.Context, changed func()) error {
	defer w.notify.Close()
	timer := time.NewTimer(w.quiet)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.notify.Events:
			if !ok {
				return nil
			}
			if w.concerns(e) {
				timer.Reset(w.quiet)
			}
		case err, ok := <-w.notify.Errors:
			if !ok {
				return nil
			}
			return fmt.Errorf("watch the configuration: %w", err)
		case <-timer.C:
			changed()
		}
	}
}

// concerns says whether an event may have changed the file: its own, or the ..data link of a mounted Kubernetes volume.
func (w *Watcher) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	return filepath.Clean(e.Name) == w.path || filepath.Base(e.Name) == "..data"
}
