package wiring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/plugins/backend/local"
)

const settings = `data_dir: ./data
listeners:
  a: {protocol: pesit, address: "127.0.0.1:0"}
flows:
  IN: {path: "in/{{.File}}-{{.ID}}", backend: files}
backends:
  files: {type: local, root: ./files}
  spare: {type: local, root: ./spare}
`

// place is a running server and its configuration file.
type place struct {
	*testing.T
	path string
	s    *Server
}

func (p *place) load() (*config.Loaded, error) {
	return config.Load(config.Options{Path: p.path, Protocols: Descriptions()})
}

func (p *place) write(text string) {
	p.Helper()
	if err := os.WriteFile(p.path, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// put replaces a file in the configuration's folder at once.
func (p *place) put(name, content string) {
	p.Helper()
	path := filepath.Join(filepath.Dir(p.path), name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path+".new", []byte(content), 0o700)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		p.Fatal(err)
	}
}

func begin(t *testing.T) *place {
	return beginWith(t, settings, nil)
}

// beginWith starts a server on a configuration with its own ways of loading.
func beginWith(t *testing.T, text string, files map[string]string, l ...map[artifact.Kind]loader) *place {
	before := goleak.IgnoreCurrent()
	p := &place{T: t, path: filepath.Join(t.TempDir(), "postern.yaml")}
	for name, content := range files {
		p.put(name, content)
	}
	p.write(text)
	loaded, err := p.load()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Config: loaded, Log: slog.New(slog.DiscardHandler), Reload: p.load}
	for _, x := range l {
		o.loaders = x
	}
	p.s, err = Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.s != nil {
			p.stop()
		}
		goleak.VerifyNone(t, before)
	})
	return p
}

func (p *place) stop() {
	p.Helper()
	if err := p.s.Stop(context.Background()); err != nil {
		p.Error(err)
	}
	p.s = nil
}

// now is the snapshot of now, of which nobody is a user here.
func (p *place) now() *session.Snapshot {
	n := p.s.current.Take()
	n.Release()
	return n
}

// backend is the backend of that name as it is now.
func (p *place) backend(name string) *local.Backend {
	b, _ := p.now().Backends[name].(*local.Backend)
	return b
}

// closed reports whether a backend can still be used.
func closed(b *local.Backend) bool {
	_, err := b.List("")
	return err != nil
}

func TestABadConfigurationLeavesTheRunningOneAsItIs(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := begin(t)
	snap, address := p.now(), p.s.Addresses()["a"]
	for name, text := range map[string]string{
		"a fault":                   settings + "nonsense: 1\n",
		"not YAML":                  "a: [",
		"another data folder":       strings.Replace(settings, "./data", "./other", 1),
		"an address that is taken":  strings.Replace(settings, "flows:", "  b: {protocol: pesit, address: \""+taken.Addr().String()+"\"}\nflows:", 1),
		"a backend that won't open": strings.Replace(settings, "./spare", "./postern.yaml", 1),
	} {
		p.write(text)
		if changed, err := p.s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "the running configuration stays") {
			t.Errorf("%s: changed %v (%v)", name, changed, err)
		}
		if p.now() != snap || p.s.Addresses()["a"] != address || len(p.s.Addresses()) != 1 {
			t.Errorf("%s: something changed", name)
		}
		if closed(p.backend("files")) {
			t.Fatalf("%s: a backend in use was closed", name)
		}
	}
}

func TestAGoodConfigurationIsSwappedInAndKeepsWhatDidNotChange(t *testing.T) {
	p := begin(t)
	files, spare, address := p.backend("files"), p.backend("spare"), p.s.Addresses()["a"]
	user := p.s.current.Take()
	text := strings.Replace(settings, "./spare", "./other", 1)
	p.write(strings.Replace(text, "flows:", "  b: {protocol: pesit, address: \"127.0.0.1:0\"}\nflows:\n  NEW: {path: \"new/{{.ID}}\", backend: files}", 1))
	changed, err := p.s.Reload(t.Context())
	if err != nil || !slices.ContainsFunc(changed, func(k string) bool { return strings.Contains(k, "NEW") }) {
		t.Fatalf("changed %v (%v)", changed, err)
	}
	if p.s.Addresses()["a"] != address || p.s.Addresses()["b"] == "" || p.now().Flows["NEW"] == nil {
		t.Errorf("bound are %v", p.s.Addresses())
	}
	other := p.backend("spare")
	if p.backend("files") != files || other == spare || closed(spare) {
		t.Error("the backend that did not change was opened anew, or one that somebody still uses was closed")
	}
	user.Release()
	p.s.closing.Wait()
	if closed(files) || !closed(spare) || closed(other) {
		t.Error("when its last user has let go, what is left of a configuration is closed, and nothing else")
	}
	p.stop()
	for name, b := range map[string]*local.Backend{"kept": files, "new": other} {
		if !closed(b) {
			t.Errorf("the %s backend is open after the end", name)
		}
	}
}

func TestAServerThatCannotBindLeavesNothingOpen(t *testing.T) {
	p := begin(t)
	loaded, err := p.load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Config: loaded, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Fatal("two servers run on one data folder")
	}
	address := p.s.Addresses()["a"]
	second := &place{T: t, path: filepath.Join(t.TempDir(), "postern.yaml")}
	second.write(strings.Replace(settings, "127.0.0.1:0", address, 1))
	if loaded, err = second.load(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time shows that the lock was given back
		if _, err := Start(t.Context(), Options{Config: loaded, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "listener a") {
			t.Fatalf("start gave %v", err)
		}
	}
}

func sha256Of(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestTheMemoryOfAllModulesIsThatOfTheConfiguration(t *testing.T) {
	p := beginWith(t, settings+"plugins: {memory: 64MiB}\n", nil)
	if got := p.s.gate.Shared(); got != 64<<20 {
		t.Errorf("a start: %d bytes", got)
	}
	for _, c := range []struct {
		memory string
		want   int64
	}{{"1GiB", 1 << 30}, {"32MiB", 32 << 20}} {
		p.write(settings + "plugins: {memory: " + c.memory + "}\n")
		if _, err := p.s.Reload(t.Context()); err != nil || p.s.gate.Shared() != c.want {
			t.Errorf("a reload with %s: %d bytes (%v)", c.memory, p.s.gate.Shared(), err)
		}
	}
	p.put("none.wasm", "no module")
	p.write(settings + "plugins: {memory: 2GiB}\nexits: {vet: {wasm: none.wasm, limits: {memory: 1MiB}}}\npoints: {open: [vet]}\n")
	if _, err := p.s.Reload(t.Context()); err == nil || p.s.gate.Shared() != 32<<20 {
		t.Errorf("a reload that failed: %d bytes (%v)", p.s.gate.Shared(), err)
	}
}
