package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
)

func TestACatalogThatAnswersLivesAndCommits(t *testing.T) {
	var commits atomic.Int64
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{Committed: func(took time.Duration, err error) {
		if err != nil || took <= 0 {
			t.Errorf("a commit took %s: %v", took, err)
		}
		commits.Add(1)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if err := errors.Join(c.Alive(t.Context()), c.CanCommit(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if n := commits.Load(); n != 3 || c.Stats().Commits != 3 {
		t.Errorf("%d commits were told of, %d were counted: asking whether it lives makes none", n, c.Stats().Commits)
	}
	if r, err := c.Check(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Errorf("check: %v %v", r, err)
	}
}

func TestACatalogThatStoppedWritingIsNotAlive(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lost := errors.New("the disk is gone")
	if err := c.w.do(t.Context(), func(t *tx) error { t.w.broken = lost; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := c.Alive(t.Context()); !errors.Is(err, lost) {
		t.Errorf("alive: %v", err)
	}
	if err := c.CanCommit(t.Context()); !errors.Is(err, lost) {
		t.Errorf("can commit: %v", err)
	}
}

func TestACatalogWhoseWriterHangsIsNotAlive(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "catalog.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	hangs, free, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- c.w.do(context.Background(), func(*tx) error { close(hangs); <-free; return nil })
	}()
	<-hangs
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Alive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("alive: %v", err)
	}
	close(free)
	if err := errors.Join(<-done, c.Alive(t.Context()), c.Close()); err != nil {
		t.Error(err)
	}
	if err := c.CanCommit(t.Context()); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("closed, and it says %v", err)
	}
}
