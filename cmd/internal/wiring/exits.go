package wiring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// plugin is an exit of the configuration with everything that decides what it does. One that is equal to the running one
// is not loaded again.
type plugin struct {
	name     string
	settings config.Exit // with its secrets
	points   []sdk.Point
	sha256   string
	proven   bool // it bears a pin or a signature
}

// loader makes an exit of a plugin file. Of the link it fills in Exit and Filter; what the configuration says of it is
// filled in afterwards, and so is Deadline where the loader leaves it 0. The artifact is the caller's and is closed when
// the loader returns.
type loader func(ctx context.Context, s *Server, p plugin, a *artifact.Artifact) (chain.Link, closer, error)

// closer gives back what was opened. It may be told to hurry.
type closer interface{ Close(context.Context) error }

// loaders are the ways of loading: one for WASM modules, one for programs.
func loaders() map[artifact.Kind]loader {
	return map[artifact.Kind]loader{artifact.Module: loadModule, artifact.Program: loadProgram}
}

// openExit is an exit with what it was loaded from.
type openExit struct {
	*shared
	plugin plugin
	link   chain.Link
	signer string // the id of the key that signed the file
}

// openExits loads the exits of a configuration, or takes over those that are the same as the running ones. The error is
// everything that could not be loaded.
func (s *Server) openExits(ctx context.Context, g *generation, c *config.Loaded) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Exits)) {
		x, err := s.openExit(ctx, c, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("exits.%s: %w", name, err))
			continue
		}
		g.exits[name] = x
	}
	return errors.Join(errs...)
}

func (s *Server) openExit(ctx context.Context, c *config.Loaded, name string) (*openExit, error) {
	policy := c.Policy(name)
	a, err := artifact.Open(c.Exits[name].File(), policy)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	p := plugin{name: name, settings: c.Exit(name), points: c.PointsOf(name), sha256: a.SHA256, proven: a.Pinned || a.Signer != ""}
	if s.running != nil {
		old := s.running.exits[name]
		if old != nil && reflect.DeepEqual(old.plugin, p) {
			old.take()
			return old, nil
		}
		if old != nil {
			if err := reloadable(old.plugin, p); err != nil {
				return nil, err
			}
		}
	}
	link, closer, err := s.loaders[policy.Kind](ctx, s, p, a)
	if err != nil {
		return nil, err
	}
	s.options.Log.Info("exit loaded", "exit", name, "file", a.Path, "sha256", a.SHA256, "signer", a.Signer, "pinned", a.Pinned)
	return &openExit{newShared("exit", name, closer), p, s.recorded(complete(link, p), c.Exits[name].Config), a.Signer}, nil
}

// reloadable refuses another file under the same path that decides who may call or what may pass, unless something says
// that it is meant: a pin, a signature, or the operator.
func reloadable(old, next plugin) error {
	gate := slices.ContainsFunc(next.points, func(p sdk.Point) bool { return p == sdk.PointIdentify || p == sdk.PointAuthorize })
	if !gate || next.proven || next.settings.Reload || old.sha256 == next.sha256 || old.settings.File() != next.settings.File() {
		return nil
	}
	return fmt.Errorf("%s has changed (sha256 %s, running is %s) and decides at identify or authorize: without a pin or a "+
		"signature it is loaded by a new start, or with reload: true", next.settings.File(), next.sha256, old.sha256)
}

// complete fills in what the configuration says of an exit.
func complete(l chain.Link, p plugin) chain.Link {
	g := p.settings.Grants
	l.Name, l.Partners = p.name, slices.Clone(g.Partners)
	l.Secrets = len(g.Secrets) > 0 || g.VerifyPassword
	if p.settings.OnError == "pass" {
		l.OnError = chain.Pass
	}
	if l.Deadline == 0 {
		l.Deadline = p.settings.Limits.Deadline.Std()
	}
	if !slices.Contains(p.points, sdk.PointFilter) {
		l.Filter = nil
	}
	return l
}

// changedFiles lists the exits whose file changed between two generations, as keys of the configuration.
func changedFiles(old, next *generation) (out []string) {
	for name, x := range next.exits {
		if y := old.exits[name]; y != nil && x.plugin.sha256 != y.plugin.sha256 {
			out = append(out, "exits."+name)
		}
	}
	return out
}

// warn tells what is probably not meant, once for each configuration that says it anew.
func (s *Server) warn(before, now *config.Loaded) {
	known := map[string]bool{}
	if before != nil {
		for _, w := range before.Warnings() {
			known[w.Error()] = true
		}
	}
	for _, w := range now.Warnings() {
		if !known[w.Error()] {
			s.options.Log.Warn("configuration", "at", w.Origin.String(), "key", w.Path.String(), "warning", w.What)
		}
	}
}

// PluginFiles lists the files of the exits and their signatures, for whoever watches them.
func (s *Server) PluginFiles() []string { return s.loaded.Load().PluginFiles() }

// CallFiles lists those of the listeners, and the keys of partners.
func (s *Server) CallFiles() []string { return s.loaded.Load().CallFiles() }
