package power

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/cmd/postern/e2e/power/disk"
	"github.com/postern/postern/cmd/postern/e2e/power/trace"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/plugins/backend/local"
)

// court brings a disk back as a crash left it, starts the server on it and judges.
type court struct {
	*recording
	promises []promise
	config   *config.Loaded
	root     string // the disk after the crash
}

// tribunal judges the server of a recording.
func tribunal(t *testing.T, r *recording) *court {
	t.Helper()
	c, err := newCourt(r, r.promises(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newCourt(r *recording, promises []promise) (*court, error) {
	c := &court{recording: r, promises: promises, root: filepath.Join(r.dir, "crash")}
	name := filepath.Join(r.dir, "crash.yaml")
	text := strings.ReplaceAll(configuration, "./disk/", c.root+"/")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return nil, err
	}
	var err error
	c.config, err = config.Load(config.Options{Path: name, Protocols: wiring.Descriptions()})
	return c, err
}

// restore makes the folder what an image says. Each file is the very file that the server made, by its inode.
func (c *court) restore(im *disk.Image, seed uint64) error {
	if err := os.RemoveAll(c.root); err != nil {
		return err
	}
	if err := os.Mkdir(c.root, 0o700); err != nil {
		return err
	}
	for _, f := range im.Folders {
		if err := os.Mkdir(filepath.Join(c.root, f), 0o750); err != nil {
			return err
		}
	}
	for path, n := range im.Names {
		kept, b := trace.KeptAs(filepath.Join(c.dir, "keep"), n), im.Files[n]
		if strings.HasSuffix(path, "-shm") { // written through a mapping, so that nobody knows what has come to the disk
			b = garbage(seed, len(b))
		}
		if err := errors.Join(os.WriteFile(kept, b, 0o600), os.Link(kept, filepath.Join(c.root, path))); err != nil {
			return err
		}
	}
	return nil
}

func garbage(seed uint64, n int) []byte {
	r, b := rand.New(rand.NewPCG(seed, 7)), make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// judge says what is wrong with a disk after a crash; nil: nothing.
func (c *court) judge(im *disk.Image, at int, seed uint64) error {
	if err := c.restore(im, seed); err != nil {
		return fmt.Errorf("the disk cannot be made: %w", err)
	}
	if err := c.marked(at); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := wiring.Start(ctx, wiring.Options{Config: c.config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("the server does not start: %w", err)
	}
	now, cancel := context.WithCancel(ctx)
	cancel()
	defer func() { _ = s.Stop(now) }()
	b, err := local.New(local.Settings{Root: filepath.Join(c.root, "files")})
	if err != nil {
		return err
	}
	defer b.Close()
	v := &verdict{court: c, at: at, backend: b, entries: map[string]catalog.Entry{}}
	return v.all(ctx, s.Catalog().(inspect.Catalog))
}

// marked looks for the catalog's marker, which must be there once the server was ready: without it a catalog that is lost
// later would not be missed.
func (c *court) marked(at int) error {
	for _, p := range c.promises {
		if p.what == isReady && p.at < at {
			if b, err := os.ReadFile(filepath.Join(c.root, "var/data/catalog.id")); err != nil || len(b) != 33 {
				return fmt.Errorf("the server was ready, and the catalog has no marker: %q, %v", b, err)
			}
			return nil
		}
	}
	return nil
}
