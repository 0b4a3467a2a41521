package wiring

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// openBackends opens the backends of a configuration, each after the one below it, or takes over those that are open and
// the same.
func (s *Server) openBackends(ctx context.Context, g *generation, c *config.Loaded) error {
	for _, name := range c.BackendsInOrder() {
		b, err := s.openBackend(ctx, g, c, name)
		if err != nil {
			return fmt.Errorf("backend %s: %w", name, err)
		}
		g.backends[name] = b
	}
	return nil
}

func (s *Server) openBackend(ctx context.Context, g *generation, c *config.Loaded, name string) (*openBackend, error) {
	settings, err := backendOf(c, name)
	if err != nil {
		return nil, err
	}
	from := origin{settings: settings}
	if below := g.backends[from.settings.Grants.Backend]; below != nil {
		from.below = below.Backend
	}
	var a *artifact.Artifact
	if from.settings.IsPlugin() {
		if a, err = artifact.Open(from.settings.Exit().File(), c.BackendPolicy(name)); err != nil {
			return nil, err
		}
		defer a.Close()
		from.sha256 = a.SHA256
	}
	if s.running != nil {
		if b := s.running.backends[name]; b != nil && b.from.same(&from) {
			b.take()
			return b, nil
		}
	}
	if a == nil {
		b, err := newBackend(from.settings)
		if err != nil {
			return nil, err
		}
		return &openBackend{newShared("backend", name, plainCloser{b}), from, b}, nil
	}
	b, closer, err := s.loadBackend(ctx, name, &from, a)
	if err != nil {
		return nil, err
	}
	s.options.Log.Info("backend loaded", "backend", name, "file", a.Path, "sha256", a.SHA256, "signer", a.Signer, "pinned", a.Pinned)
	return &openBackend{newShared("backend", name, closer), from, b}, nil
}

// same reports whether a backend would be opened from the same things.
func (o *origin) same(p *origin) bool {
	return o.below == p.below && o.sha256 == p.sha256 && reflect.DeepEqual(o.settings, p.settings)
}

// loadBackend makes a backend of a plugin's file.
func (s *Server) loadBackend(ctx context.Context, name string, from *origin, a *artifact.Artifact) (sdk.Backend, closer, error) {
	p := plugin{name: name, settings: from.settings.Exit()}
	if len(p.settings.Process) > 0 {
		settings, err := programSettings(p)
		if err != nil {
			return nil, nil, err
		}
		settings.File, settings.SHA256, settings.Log = a.File(), a.SHA256, s.options.Log
		b, err := process.LoadBackend(ctx, settings)
		if err != nil {
			return nil, nil, err
		}
		return b, b, nil
	}
	settings, err := moduleSettings(p)
	if err != nil {
		return nil, nil, err
	}
	settings.Module, settings.CacheDir = a.Bytes(), filepath.Join(s.options.Config.DataDir, moduleCache)
	settings.Gate, settings.Log, settings.Grants.Backend = s.gate, s.options.Log, from.below
	release := func() {}
	if settings.Grants.Store {
		if settings.Store, release, err = s.storeOf("backend " + name); err != nil {
			return nil, nil, err
		}
	}
	b, err := wasm.LoadBackend(ctx, settings)
	if err != nil {
		release()
		return nil, nil, err
	}
	return b, backendKeeper{b, release}, nil
}

// backendKeeper is a module with the store of its values.
type backendKeeper struct {
	*wasm.Backend
	release func()
}

// Close closes the backend.
func (k backendKeeper) Close(ctx context.Context) error {
	return closeAndRelease(ctx, k.Backend, k.release)
}
