package wiring

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// Bench loads a plugin file to be tried, without a server.
type Bench struct {
	Path string
	// Section is what a configuration says of it; the defaults of its kind where there is none.
	Section config.Exit
	Log     *slog.Logger
	checker sdk.PasswordChecker
}

// NewBench prepares for a file that is tried with a section of a configuration, nil: with the defaults, and with more
// grants: names of a manifest, http=ORIGIN, folder=NAME=PATH.
func NewBench(path string, section *config.Exit, grants []string, log *slog.Logger) (*Bench, error) {
	kind, err := author.KindOf(path)
	if err != nil {
		return nil, err
	}
	b := &Bench{Path: path, Section: config.DefaultModule(), Log: log}
	if kind == artifact.Program {
		b.Section = config.DefaultProcess()
	}
	if section != nil {
		b.Section = *section
	}
	if err := addGrants(&b.Section.Grants, grants); err != nil {
		return nil, err
	}
	checker, err := secret.NewChecker(time.Now, rand.Reader)
	if err != nil {
		return nil, err
	}
	b.checker = author.Passwords{PasswordChecker: checker}
	return b, nil
}

// Load is an [author.Loader].
func (b *Bench) Load(ctx context.Context, own json.RawMessage, points []sdk.Point) (author.Plugin, error) {
	kind, err := author.KindOf(b.Path)
	if err != nil {
		return nil, err
	}
	if kind == artifact.Program {
		return b.loadProgram(ctx, own, points)
	}
	settings, err := moduleSettings(plugin{name: b.name(), settings: b.Section})
	if err != nil {
		return nil, err
	}
	if settings.Module, err = os.ReadFile(b.Path); err != nil {
		return nil, err
	}
	settings.Config, settings.Passwords, settings.Log, settings.CacheDir = own, b.checker, b.Log, authorCache()
	exit, err := wasm.Load(ctx, settings)
	if err == nil && len(exit.Points()) == 0 { // it says nothing of itself: it serves what it is asked for
		settings.Points = points
		if err = exit.Close(ctx); err == nil {
			exit, err = wasm.Load(ctx, settings)
		}
	}
	if err != nil {
		return nil, err
	}
	return triedModule{exit}, nil
}

// name is the plugin's in messages.
func (b *Bench) name() string {
	return strings.TrimSuffix(filepath.Base(b.Path), filepath.Ext(b.Path))
}

// authorCache is where the compiled code of modules that are tried is kept; "" where there is no such place.
func authorCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir = filepath.Join(dir, "postern", moduleCache)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return dir
}

// triedModule is a module as its author looks at it.
type triedModule struct{ *wasm.Exit }

// Describe tells which points are served also where the module is silent.
func (m triedModule) Describe() sdk.Manifest {
	d := m.Exit.Describe()
	d.Points = m.Points()
	return d
}

// Trial decides and tells what that cost.
func (m triedModule) Trial(ctx context.Context, q sdk.Question) (author.Trial, error) {
	t, err := m.Exit.Trial(ctx, q)
	return author.Trial{Verdict: t.Verdict, Fuel: t.Fuel, Time: t.Time, Memory: t.Memory, Log: t.Log}, err
}

// addGrants adds grants by their names.
func addGrants(g *config.Grants, names []string) error {
	for _, n := range names {
		name, value, _ := strings.Cut(n, "=")
		switch name {
		case sdk.GrantPassword, sdk.GrantStored:
			g.Secrets = append(g.Secrets, name)
		case sdk.GrantVerifyPassword:
			g.VerifyPassword = true
		case sdk.GrantFile:
			g.File = true
		case sdk.GrantClock:
			g.Clock = true
		case sdk.GrantStore:
			g.Store = true
		case sdk.GrantHTTP:
			g.HTTP = append(g.HTTP, value)
		case sdk.GrantFolder:
			if err := addFolder(g, value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("there is no grant %q: password, stored, verify_password, file, clock, store, http=ORIGIN and folder=NAME=PATH are", n)
		}
	}
	return nil
}

func addFolder(g *config.Grants, value string) error {
	name, path, ok := strings.Cut(value, "=")
	if !ok {
		return fmt.Errorf("the grant of a folder is written folder=NAME=PATH, not folder=%s", value)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	folders := map[string]string{name: path}
	for k, v := range g.Folders {
		folders[k] = v
	}
	g.Folders = folders
	return nil
}

// InspectPlugin looks at a plugin file. The report holds what is known even where the error, which is also in it, says why
// a server would not load the file.
func InspectPlugin(ctx context.Context, path string, trusted []artifact.Key) (author.Report, error) {
	r := author.Report{File: path, Points: []sdk.Point{}, Grants: []string{}}
	kind, err := author.KindOf(path)
	if err != nil {
		return r, err
	}
	if err = inspectFile(ctx, &r, kind); err == nil {
		err = author.Loadable(path, kind)
	}
	if err != nil {
		r.Refused = err.Error()
	}
	signature, signErr := author.SignatureOf(path, kind, trusted)
	r.Signature = signature
	if signErr != nil {
		return r, signErr
	}
	return r, err
}

func inspectFile(ctx context.Context, r *author.Report, kind artifact.Kind) error {
	if kind == artifact.Program {
		return inspectProgram(ctx, r)
	}
	module, err := os.ReadFile(r.File)
	if err != nil {
		return err
	}
	m, err := wasm.Inspect(module, authorCache())
	r.Kind, r.Encoding, r.Size, r.SHA256 = m.Kind, m.Encoding, int64(m.Size), m.SHA256
	r.Restarts, r.MayUse = m.Restarts, m.Wants
	r.Memory = &author.Memory{Least: m.Memory.Least, Most: m.Memory.Most, Used: m.Memory.Used}
	for _, f := range m.Imports {
		r.Imports = append(r.Imports, author.Function(f))
	}
	for _, f := range m.Exports {
		r.Exports = append(r.Exports, author.Function(f))
	}
	describe(r, m.Manifest)
	return err
}

// describe takes what a plugin says of itself.
func describe(r *author.Report, m sdk.Manifest) {
	r.Name, r.Version, r.ChangesLength, r.State = m.Name, m.Version, m.ChangesLength, m.State
	r.Terms, r.Settings = author.Terms(m.Terms), author.Terms(m.Settings)
	r.Points, r.Grants = append(r.Points, m.Points...), append(r.Grants, m.Grants...)
	r.Serves, r.Abilities = m.Kinds, m.Abilities
	if m.Contract != 0 {
		r.Contract = fmt.Sprintf("%d.%d", m.Contract>>16, m.Contract&0xffff)
	}
}
