package wiring

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/plugins/wasm"
)

// Folders in the data folder: of compiled modules, and of the values that modules keep.
const (
	moduleCache = "modules"
	storeFolder = "stores"
)

// loadModule makes an exit of a WASM module.
func loadModule(ctx context.Context, s *Server, p plugin, a *artifact.Artifact) (chain.Link, closer, error) {
	settings, err := moduleSettings(p)
	if err != nil {
		return chain.Link{}, nil, err
	}
	settings.Module, settings.CacheDir = a.Bytes(), filepath.Join(s.options.Config.DataDir, moduleCache)
	settings.Gate, settings.Passwords, settings.Log = s.gate, s.checker, s.options.Log
	release := func() {}
	if settings.Grants.Store {
		if settings.Store, release, err = s.storeOf(p.name); err != nil {
			return chain.Link{}, nil, err
		}
	}
	exit, err := wasm.Load(ctx, settings)
	if err != nil {
		release()
		return chain.Link{}, nil, err
	}
	// A disk that hangs can be waited for without end, by a module that may read or keep something.
	disk := settings.Grants.File || settings.Grants.Store || len(settings.Grants.Folders) > 0
	// Waiting for a turn is not the module's time.
	return chain.Link{Exit: exit, Filter: exit, Patience: exit.Patience, Prompt: !disk}, keeper{exit, release}, nil
}

// moduleSettings says in the loader's words what the configuration says.
func moduleSettings(p plugin) (wasm.Settings, error) {
	x := p.settings
	own, err := settingsOf(x)
	if err != nil {
		return wasm.Settings{}, err
	}
	limits := wasm.Limits{Memory: x.Limits.Memory.Bytes(), Fuel: int64(x.Limits.Fuel), Instances: x.Limits.Instances.Int(),
		Transfers: x.Limits.Transfers.Int(), Block: int(x.Limits.Block.Bytes()), Deadline: x.Limits.Deadline.Std(), Module: artifact.MaxModule}
	return wasm.Settings{Name: p.name, Kind: moduleKind(x.Kind), Config: own, Points: slices.Clone(p.points),
		Grants: moduleGrants(x.Grants), Limits: limits}, nil
}

// settingsOf gives the exit's own settings as JSON; nil: it has none.
func settingsOf(x config.Exit) (json.RawMessage, error) {
	if len(x.Config) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(x.Config)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return b, nil
}

func moduleKind(name string) wasm.Kind {
	for _, k := range []wasm.Kind{wasm.Reactor, wasm.Command} {
		if k.String() == name {
			return k
		}
	}
	return wasm.Auto
}

func moduleGrants(g config.Grants) wasm.Grants {
	out := wasm.Grants{Password: slices.Contains(g.Secrets, "password"), Stored: slices.Contains(g.Secrets, "stored"),
		VerifyPassword: g.VerifyPassword, File: g.File, Clock: g.Clock, Store: g.Store, Folders: g.Folders}
	for _, origin := range g.HTTP {
		out.HTTP = append(out.HTTP, wasm.Origin{URL: origin, Headers: g.Headers[origin]})
	}
	return out
}

// storeOf gives the values of an exit, which outlive a reload of its module and the server, until the release is called.
func (s *Server) storeOf(name string) (wasm.Store, func(), error) {
	dir := filepath.Join(s.options.Config.DataDir, storeFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the folder of the exits' values: %w", err)
	}
	return s.stores.take(filepath.Join(dir, storeFile(name)))
}

// storeFile is the file of an exit's values. Names of exits are free: what has no place in the name of a file is written
// as its code, and so are upper case letters, which some file systems do not tell apart.
func storeFile(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String() + ".json"
}
