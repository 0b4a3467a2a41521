package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// openProtocol is the plugin of a listener with what it was loaded from. Calls that began with it keep it: it is closed with
// the last generation that uses it.
type openProtocol struct {
	*shared
	plugin   plugin
	signer   string // the id of the key that signed the file
	protocol loadedProtocol
}

// loadedProtocol is a protocol of a plugin.
type loadedProtocol interface {
	sdk.Protocol
	sdk.Described
	closer
	Manifest() sdk.Manifest
}

// openProtocols loads the plugins of a configuration's listeners, or takes over those that are the same as the running
// ones. The error is everything that could not be loaded.
func (s *Server) openProtocols(ctx context.Context, g *generation, c *config.Loaded) error {
	g.protocols = map[string]*openProtocol{}
	var errs []error
	for _, name := range c.ProtocolPlugins() {
		p, err := s.openProtocol(ctx, c, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("listeners.%s.protocol: %w", name, err))
			continue
		}
		g.protocols[name] = p
	}
	return errors.Join(errs...)
}

func (s *Server) openProtocol(ctx context.Context, c *config.Loaded, listener string) (*openProtocol, error) {
	a, p, err := protocolFile(c, listener)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if s.running != nil {
		if old := s.running.protocols[listener]; old != nil && reflect.DeepEqual(old.plugin, p) {
			old.take()
			return old, nil
		}
	}
	log := s.options.Log
	protocol, err := loadProtocol(ctx, p, a, protocolPlace{cache: filepath.Join(c.DataDir, moduleCache), gate: s.gate, log: log})
	if err != nil {
		return nil, err
	}
	log.Info("protocol loaded", "listener", listener, "protocol", p.name, "file", a.Path, "sha256", a.SHA256, "signer", a.Signer, "pinned", a.Pinned)
	return &openProtocol{newShared("protocol", p.name, protocol), p, a.Signer, protocol}, nil
}

// protocolFile opens the file of a listener's protocol.
func protocolFile(c *config.Loaded, listener string) (*artifact.Artifact, plugin, error) {
	x := c.ProtocolPlugin(listener)
	a, err := artifact.Open(x.File(), c.ProtocolPolicy(listener))
	if err != nil {
		return nil, plugin{}, err
	}
	return a, plugin{name: c.Listeners[listener].Protocol.Called(), settings: x, sha256: a.SHA256, proven: a.Pinned || a.Signer != ""}, nil
}

// protocolPlace is what a protocol is loaded into.
type protocolPlace struct {
	cache string
	gate  *wasm.Gate
	log   *slog.Logger
}

// loadProtocol makes a protocol of a plugin's file.
func loadProtocol(ctx context.Context, p plugin, a *artifact.Artifact, into protocolPlace) (loadedProtocol, error) {
	if len(p.settings.Process) > 0 {
		settings, err := programSettings(p)
		if err != nil {
			return nil, err
		}
		settings.File, settings.SHA256, settings.Log = a.File(), a.SHA256, into.log
		x, err := process.LoadProtocol(ctx, settings)
		if err != nil {
			return nil, err
		}
		return x, nil
	}
	settings, err := moduleSettings(p)
	if err != nil {
		return nil, err
	}
	settings.Module, settings.CacheDir, settings.Gate, settings.Log = a.Bytes(), into.cache, into.gate, into.log
	m, err := wasm.LoadProtocol(ctx, settings)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// DescribeProtocol loads the plugin of a listener and asks what it is, for the check of a configuration.
func DescribeProtocol(c *config.Loaded, listener string) (d sdk.Description, err error) {
	a, p, err := protocolFile(c, listener)
	if err != nil {
		return d, err
	}
	defer a.Close()
	protocol, err := loadProtocol(context.Background(), p, a, protocolPlace{cache: filepath.Join(c.DataDir, moduleCache), log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return d, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	d = protocol.Describe()
	return d, protocol.Close(ctx)
}

// protocolOf gives the protocol of a listener.
func (g *generation) protocolOf(c *config.Loaded, listener string) sdk.Protocol {
	if p := g.protocols[listener]; p != nil {
		return p.protocol
	}
	return Protocols()[c.Listeners[listener].Protocol.Name]
}

// changedProtocols lists the listeners whose plugin's file changed between two generations, as keys of the configuration.
func changedProtocols(old, next *generation) (out []string) {
	for name, x := range next.protocols {
		if y := old.protocols[name]; y != nil && x.plugin.sha256 != y.plugin.sha256 {
			out = append(out, "listeners."+name+".protocol")
		}
	}
	slices.Sort(out)
	return out
}
