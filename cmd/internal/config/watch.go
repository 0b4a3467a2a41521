package config

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watcher tells when the configuration file changes, or one that it names. It watches folders, so that an editor that
// writes another file and renames it over the first is seen too.
type Watcher struct {
	notify *fsnotify.Watcher
	path   string
	quiet  time.Duration

	mu      sync.Mutex
	also    map[string]bool // the other files
	folders map[string]bool // that are watched
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
	return &Watcher{notify: n, path: full, quiet: quiet, folders: map[string]bool{filepath.Dir(full): true}}, nil
}

// Also watches these other files from now on, and no longer those of an earlier call. They need not exist, but their
// folders must: an error says which cannot be watched, and the others are. A file behind a link is watched in both
// places.
func (w *Watcher) Also(paths []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.also = map[string]bool{}
	folders := map[string]bool{filepath.Dir(w.path): true}
	for _, p := range paths {
		for _, p := range []string{p, resolved(p)} {
			w.also[p], folders[filepath.Dir(p)] = true, true
		}
	}
	var errs []error
	for folder := range folders {
		if w.folders[folder] {
			continue
		}
		if err := w.notify.Add(folder); err != nil {
			errs = append(errs, fmt.Errorf("watch %s: %w", folder, err))
			delete(folders, folder) // tried again the next time
		}
	}
	for folder := range w.folders {
		if !folders[folder] {
			_ = w.notify.Remove(folder) // it may have gone, and its watch with it
		}
	}
	w.folders = folders
	return errors.Join(errs...)
}

// resolved follows links where there are any.
func resolved(path string) string {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		return to
	}
	return filepath.Clean(path)
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

// concerns says whether an event may have changed a file: its own, or the ..data link of a mounted Kubernetes volume.
func (w *Watcher) concerns(e fsnotify.Event) bool {
	name := filepath.Clean(e.Name)
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Op == fsnotify.Chmod {
		return w.also[name] // a program that may be executed now
	}
	return name == w.path || w.also[name] || filepath.Base(name) == "..data"
}
