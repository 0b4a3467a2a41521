package author

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/assemblyscript"
	csdk "github.com/postern/postern/sdk/c"
	"github.com/postern/postern/sdk/guest/template"
	"github.com/postern/postern/sdk/rust"
)

// placeholder stands for the plugin's name in the names and contents of a template.
const placeholder = "NAME"

// sdkFolder is where an author's folder has its SDK, but for Go, which wants a module of its own.
const sdkFolder = "postern"

// Language is one that a plugin can be begun in.
type Language struct {
	Name  string
	files func() (own, sdk map[string][]byte, err error)
}

// Kinds are what can be begun with [New].
func Kinds() []string { return []string{sdk.PluginExit, sdk.PluginBackend, sdk.PluginProtocol} }

// Languages are those in which a plugin of a kind can be begun; none for a kind that cannot be.
func Languages(kind string) []Language {
	inGo := Language{"go", func() (own, sdk map[string][]byte, err error) { return goFiles(kind) }}
	switch kind {
	case sdk.PluginBackend, sdk.PluginProtocol:
		return []Language{inGo}
	case sdk.PluginExit:
	default:
		return nil
	}
	return []Language{
		inGo,
		{"rust", func() (own, sdk map[string][]byte, err error) { return split(rust.Files) }},
		{"c", func() (own, sdk map[string][]byte, err error) { return split(csdk.Files) }},
		{"assemblyscript", func() (own, sdk map[string][]byte, err error) {
			return split(assemblyscript.Files, assemblyscript.Template)
		}},
	}
}

func goFiles(kind string) (own, sdk map[string][]byte, err error) {
	all, err := template.Files(kind)
	if err != nil {
		return nil, nil, err
	}
	own, sdk = map[string][]byte{}, map[string][]byte{}
	for name, b := range all {
		if strings.HasPrefix(name, template.Folder+"/") {
			sdk[name] = b
		} else {
			own[name] = b
		}
	}
	return own, sdk, nil
}

// split tells the template's files from those of the SDK.
func split(trees ...fs.FS) (own, sdk map[string][]byte, err error) {
	own, sdk = map[string][]byte{}, map[string][]byte{}
	for _, tree := range trees {
		err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(tree, p)
			if name, ours := strings.CutPrefix(p, "template/"); ours {
				own[name] = b
			} else {
				sdk[path.Join(sdkFolder, p)] = b
			}
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return own, sdk, nil
}

// pluginName is a name that is good as that of a file, a plugin of the configuration, a Go module and a Rust crate.
var pluginName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// reserved are names that mean something else in one of the languages, in the configuration, or in the folder.
var reserved = []string{"directory", "grants", "main", "postern", "test", "make", "events", "con", "nul", "aux", "prn"}

// CheckName says what is wrong with the name of a new plugin.
func CheckName(name string) error {
	if !pluginName.MatchString(name) {
		return fmt.Errorf("%q is no name for a plugin: it begins with a small letter and has small letters, digits, - and _, 40 at most", name)
	}
	for _, r := range reserved {
		if name == r {
			return fmt.Errorf("%q cannot be the name of a plugin: it means something else", name)
		}
	}
	return nil
}

// New writes a new plugin of a kind into a folder that is not there yet, or takes back all that it wrote. Nothing comes from the
// network: the SDK is part of this program.
func New(dir, name, kind, language string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	for _, l := range Languages(kind) {
		if l.Name != language {
			continue
		}
		own, sdk, err := l.files()
		if err != nil {
			return err
		}
		if own["Makefile"] == nil {
			return fmt.Errorf("this build carries no template of %s in %s", article(kind), language)
		}
		return begin(dir, name, own, sdk)
	}
	return fmt.Errorf("there is no SDK for %s in %q", article(kind), language)
}

func article(kind string) string {
	if kind == sdk.PluginExit {
		return "an exit"
	}
	return "a " + kind
}

func begin(dir, name string, own, sdk map[string][]byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o777); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already", dir)
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	for file, b := range own {
		file = strings.ReplaceAll(file, placeholder, name)
		if err := put(dir, file, bytes.ReplaceAll(b, []byte(placeholder), []byte(name))); err != nil {
			return err
		}
	}
	for file, b := range sdk {
		if err := put(dir, file, b); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file that only its owner can change: a server loads no other.
func put(dir, file string, content []byte) error {
	to := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
