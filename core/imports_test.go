package core_test

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/postern/postern/"

// rule says what the packages of a folder may import besides the standard library. The first rule that fits a package
// is its rule. A name stands for the package and all below it; "=name" for the package alone; names without a dot in
// front of the first slash that are not of the standard library are this module's.
type rule struct {
	packages string
	may      []string
	mayNot   []string // goes before may, and holds for the standard library too
	why      string
}

const anything = "*"

var (
	onlyConfig  = []string{"github.com/knadh/koanf"}
	onlyWasm    = []string{"github.com/tetratelabs/wazero"}
	onlyProcess = []string{"github.com/hashicorp/go-plugin", "github.com/hashicorp/go-hclog", "google.golang.org/grpc"}
	onlySQLite  = []string{"modernc.org/sqlite", "github.com/pressly/goose/v3"}
	worldly     = []string{"net", "os", "syscall", "crypto/rand", "math/rand", "crypto/tls", "C"}
	generators  = []string{"=sdk", "sdk/contract", ".", "google.golang.org/protobuf"}
	suiteTools  = []string{"pgregory.net/rapid", "go.uber.org/goleak"} // for suites: packages whose name ends in "test"
)

func join(lists ...[]string) (out []string) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var rules = []rule{
	{packages: "=sdk", why: "whoever writes a plugin imports sdk and must get nothing else with it: the standard library only"},
	{packages: "sdk/process", may: join([]string{"=sdk", "sdk/process", "sdk/wire", "sdk/contract", "google.golang.org/protobuf"}, onlyProcess),
		why: "go-plugin and gRPC live in plugins/process and sdk/process alone, so that no other plugin links them"},
	{packages: "sdk/wire/generate", may: generators, why: "a generator reads the contract"},
	{packages: "sdk/c/generate", may: generators, why: "a generator reads the contract"},
	{packages: "sdk/rust/generate", may: generators, why: "a generator reads the contract"},
	{packages: "sdk/assemblyscript/generate", may: generators, why: "a generator reads the contract"},
	{packages: "sdk/wire", may: []string{"=sdk", "sdk/wire"}, why: "guests link the codec: it needs the standard library only"},
	{packages: "sdk/jsonwire", may: []string{"=sdk", "sdk/wire", "sdk/contract", "google.golang.org/protobuf"},
		why: "JSON is the contract's second encoding, read and written through its messages"},
	{packages: "sdk/contract", may: []string{"=sdk", "sdk/contract", "google.golang.org/protobuf"}, why: "the contract is the generated messages and what they need"},
	{packages: "sdk/guest", may: []string{"=sdk", "sdk/guest", "sdk/wire"}, why: "a WASM guest is built from the standard library only: it must stay small"},
	{packages: "sdk/sdktest", may: []string{"=sdk", "sdk/sdktest", "sdk/wire"}, why: "the suites are for authors of plugins, who have no core"},
	{packages: "sdk", may: []string{"=sdk"}, why: "what plugin authors import depends on sdk alone"},

	{packages: "core/catalog/sqlite", may: join([]string{"=sdk", "core"}, onlySQLite),
		why: "SQL stays behind the catalog's interface, in this package alone"},
	{packages: "core", may: []string{"=sdk", "core"},
		why: "the core knows contracts, not plugins: it imports sdk, other core packages and the standard library"},

	{packages: "exits/directory", may: []string{"=sdk", "sdk/authorized"}, why: "the directory reads the partners' keys with what sdk has for that, and needs nothing else"},
	{packages: "exits", may: []string{"=sdk", "."}, why: "an exit that ships with the server is built like any other: on sdk alone"},

	{packages: "plugins/protocol/pesit", may: []string{"=sdk", "plugins/protocol/pesit"}, mayNot: worldly,
		why: "a dialogue owns no socket, clock, randomness or file, and knows neither the core nor another plugin"},
	{packages: "plugins/protocol/sftp", may: []string{"=sdk", "plugins/protocol/sftp"}, mayNot: worldly,
		why: "a dialogue owns no socket, clock, randomness or file, and knows neither the core nor another plugin"},
	{packages: "plugins/protocol", may: []string{"=sdk", "."}, mayNot: worldly,
		why: "a dialogue owns no socket, clock, randomness or file, and knows neither the core nor another plugin"},
	{packages: "plugins/backend/local", may: []string{"=sdk", "plugins/backend/local", "golang.org/x/sys"},
		why: "a backend knows sdk and the one library it wraps: here the operating system's calls"},
	{packages: "plugins/backend/s3", may: []string{"=sdk", "plugins/backend/s3", "github.com/minio/minio-go/v7"},
		why: "a backend knows sdk and the one library it wraps: here the object store's client"},
	{packages: "plugins/backend", may: []string{"=sdk", "."}, why: "a backend knows sdk and the one library it wraps, never the core or another plugin"},
	{packages: "plugins/transport/ssh", may: []string{"=sdk", "plugins/transport/ssh", "plugins/transport/wide", "golang.org/x/crypto/ssh"},
		why: "a transport knows sdk and the one library it wraps: here SSH"},
	{packages: "plugins/transport/proxy", may: []string{"=sdk", "github.com/pires/go-proxyproto"},
		why: "it knows sdk and the one library it wraps: here the PROXY protocol"},
	{packages: "plugins/transport/tls", may: []string{"=sdk", "plugins/transport/tls", "plugins/transport/wide"},
		why: "a transport knows sdk, and shares with the other one the buffers of its socket"},
	{packages: "plugins/transport/wide", why: "it buffers a socket for those who know what it carries, and needs nobody"},
	{packages: "plugins/transport", may: []string{"=sdk", "."}, why: "a transport knows sdk and the one library it wraps, never the core or another plugin"},
	{packages: "plugins/wasm", may: join([]string{"sdk", "plugins/wasm", "google.golang.org/protobuf"}, onlyWasm), mayNot: []string{"sdk/process"},
		why: "a way of loading knows the contract and its own runtime: wazero lives here alone"},
	{packages: "plugins/process", may: join([]string{"sdk", "plugins/process", "google.golang.org/protobuf", "golang.org/x/sys"}, onlyProcess),
		why: "a way of loading knows the contract and its own runtime: go-plugin, gRPC, and the system's calls that hold a process"},

	{packages: "cmd/internal/wiring", may: []string{anything}, mayNot: join(onlyConfig, onlyWasm, onlyProcess),
		why: "wiring is the one place that sees everything, but koanf lives in config, and each runtime in its plugin"},
	{packages: "cmd/internal/config", may: []string{anything}, mayNot: join([]string{"exits", "plugins", "core/session", "core/server"}, onlyWasm, onlyProcess, onlySQLite),
		why: "config knows settings: neither a plugin nor what runs with them"},
	{packages: "cmd/internal/secret", may: []string{"=sdk", "golang.org/x/crypto"}, why: "secrets are resolved and hashed in one small place"},
	{packages: "cmd/internal/sandbox", may: []string{"cmd/internal/config", "cmd/internal/datadir", "plugins/process/confine"},
		why: "what the server confines itself to is joined here of what the configuration names and what the system can hold"},
	{packages: "cmd/bench", may: []string{anything}, why: "measurements take everything apart"},
	{packages: "cmd", may: []string{anything}, mayNot: join([]string{"exits", "plugins"}, onlyConfig, onlyWasm, onlyProcess, onlySQLite),
		why: "only wiring sees exits and plugins, koanf lives in config, SQL in core/catalog/sqlite, and each runtime in its plugin"},
	{packages: "examples/backend-process", may: []string{"sdk", ".", "golang.org/x/sys/unix"}, why: "it shows what a plugin author can do with sdk, and asks the system for a file's handle"},
	{packages: "examples", may: []string{"sdk", "."}, why: "an example shows what a plugin author can do with sdk"},
}

// breach says why a package may not import another, "" when it may.
func breach(pkg, imported string) string {
	local, ours := strings.CutPrefix(imported, module)
	if ours && slices.Contains(lent[pkg], local) {
		return ""
	}
	if ours && isSuite(local) && !isSuite(pkg) {
		return "suites are for tests: code that runs in the server does not import them"
	}
	for _, r := range rules {
		if !within(pkg, r.packages) {
			continue
		}
		name := imported
		if ours {
			name = local
		}
		for _, n := range r.mayNot {
			if within(name, n) {
				return r.why
			}
		}
		if isStandard(imported) || r.permits(pkg, name) || isSuite(pkg) && within(name, suiteTools...) {
			return ""
		}
		return r.why
	}
	return "no rule says what " + pkg + " may import: give its folder one"
}

func (r rule) permits(pkg, name string) bool {
	for _, m := range r.may {
		if m == anything || within(name, m) {
			return true
		}
		if m == "." && within(name, ownFolder(pkg, r.packages)) {
			return true
		}
	}
	return false
}

// ownFolder is the folder below the rule's that a package belongs to: exits/directory of exits/directory/x.
func ownFolder(pkg, folder string) string {
	rest, _, _ := strings.Cut(strings.TrimPrefix(pkg, folder+"/"), "/")
	return path.Join(folder, rest)
}

func within(name string, folders ...string) bool {
	for _, f := range folders {
		if alone, ok := strings.CutPrefix(f, "="); ok && name == alone || name == f || strings.HasPrefix(name, f+"/") {
			return true
		}
	}
	return false
}

func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && imported != "C"
}

// isSuite knows packages that only tests import.
// lent are the parts of suites that something else is made of: the example that is the line protocol, the verb that plays
// transcripts for authors, and the folder that an author of a protocol begins with.
var lent = map[string][]string{
	"examples/protocol-lines-go": {"sdk/sdktest/line"},
	"cmd/internal/wiring":        {"sdk/sdktest/transcript"},
	"sdk/guest/template":         {"sdk/sdktest/line", "sdk/sdktest/transcript"},
}

func isSuite(pkg string) bool {
	return strings.HasSuffix(pkg, "test") || within(pkg, "sdk/sdktest", "examples/internal")
}

// Every file counts, whatever its build constraints say.
func TestNobodyImportsWhatItMustNotKnow(t *testing.T) {
	root, files := "..", 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(root, file, d.Name())
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		files++
		return checkFile(t, root, file)
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d files were found: this is not the module's root", files)
	}
}

func skip(root, dir, name string) error {
	if dir == root {
		return nil
	}
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil { // a module of its own
		return filepath.SkipDir
	}
	return nil
}

func checkFile(t *testing.T, root, file string) error {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, filepath.Dir(file))
	if err != nil {
		return err
	}
	for _, i := range f.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		if build.IsLocalImport(imported) {
			t.Errorf("%s imports %s: imports are never relative", file, imported)
		}
		if why := breach(filepath.ToSlash(rel), imported); why != "" {
			t.Errorf("%s imports %s: %s", file, imported, why)
		}
	}
	return nil
}

func TestTheRulesFindABreach(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		ok            bool
	}{
		{"sdk", "time", true}, {"sdk", module + "sdk/contract", false}, {"sdk", "github.com/spf13/cobra", false}, {"sdk", "C", false},
		{"sdk/guest", module + "sdk", true}, {"sdk/guest", "google.golang.org/protobuf/proto", false},
		{"sdk/sdktest/exittest", module + "core/chain", false}, {"sdk/sdktest/line", module + "sdk/sdktest", true},
		{"core/chain", module + "sdk", true}, {"core/session", module + "core/chain", true}, {"core/session", module + "exits/directory", false},
		{"core/session", module + "plugins/protocol/pesit", false}, {"core/session", module + "cmd/internal/config", false},
		{"core/session", module + "sdk/sdktest/line", false}, {"core/catalog", "modernc.org/sqlite", false},
		{"core/catalog/sqlite", "modernc.org/sqlite", true}, {"core/catalog/sqlite", "modernc.org/sqlite/lib", true},
		{"core/catalog/catalogtest", "pgregory.net/rapid", true}, {"core/catalog", "pgregory.net/rapid", false},
		{"core/catalog", module + "core/catalog/catalogtest", false},
		{"exits/directory", module + "sdk", true}, {"exits/directory", module + "exits/grants", false}, {"exits/directory", module + "core/chain", false},
		{"plugins/protocol/pesit", module + "plugins/protocol/pesit/wire", true}, {"plugins/protocol/pesit", "net", false},
		{"plugins/protocol/pesit", "net/netip", false}, {"plugins/protocol/pesit", "os", false}, {"plugins/protocol/pesit/wire", "crypto/rand", false},
		{"plugins/protocol/oftp", module + "plugins/protocol/pesit", false}, {"plugins/protocol/oftp", module + "plugins/protocol/oftp/wire", true},
		{"plugins/backend/local", "golang.org/x/sys/unix", true}, {"plugins/backend/memory", "golang.org/x/sys/unix", false},
		{"plugins/backend/memory", module + "plugins/backend/local", false}, {"plugins/transport/tls", "crypto/tls", true},
		{"plugins/wasm", "github.com/tetratelabs/wazero/api", true}, {"plugins/wasm", module + "sdk/contract", true}, {"plugins/wasm", module + "sdk/process", false},
		{"plugins/wasm", module + "core/chain", false}, {"plugins/process", "google.golang.org/grpc", true}, {"plugins/process", "github.com/tetratelabs/wazero", false},
		{"cmd/internal/wiring", module + "plugins/protocol/pesit", true}, {"cmd/internal/wiring", "github.com/knadh/koanf/v2", false},
		{"cmd/internal/config", "github.com/knadh/koanf/v2", true}, {"cmd/internal/config", module + "plugins/protocol/pesit", false}, {"cmd/internal/config", "golang.org/x/crypto/ssh", true},
		{"cmd/postern", module + "cmd/internal/wiring", true}, {"cmd/postern", module + "plugins/wasm", false}, {"cmd/postern", "github.com/spf13/cobra", true},
		{"cmd/internal/admin", "modernc.org/sqlite", false}, {"cmd/internal/secret", module + "core/chain", false},
		{"attic", "fmt", false},
	} {
		if why := breach(c.pkg, c.imported); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q, want it to be fine: %v", c.pkg, c.imported, why, c.ok)
		}
	}
}
