package toolchain

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sources is what a build reads: files by their path below the module's root, and where in it the build runs.
type sources struct {
	at    string
	files map[string]file
}

type file struct {
	data []byte
	mode fs.FileMode
}

// gather reads the folder, and of the module around it the SDKs: one in another language for a folder inside it and for one
// whose files name its place, the module's own Go code for a folder that has Go code.
func gather(dir string) (sources, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return sources{}, err
	}
	root := moduleRoot(dir)
	if root == "" {
		src := sources{at: ".", files: map[string]file{}}
		return src, src.add(dir, ".", everything)
	}
	at, err := filepath.Rel(root, dir)
	if err != nil {
		return sources{}, err
	}
	src := sources{at: at, files: map[string]file{}}
	if err := src.add(root, at, everything); err != nil {
		return sources{}, err
	}
	for _, sdk := range []string{"sdk/c", "sdk/rust", "sdk/assemblyscript"} {
		if !src.names(sdk) {
			continue
		}
		if err := src.add(root, sdk, guestCode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sources{}, err
		}
	}
	if src.hasGo() {
		for _, part := range []string{"go.mod", "go.sum", "sdk"} {
			if err := src.add(root, part, goCode); err != nil {
				return sources{}, err
			}
		}
	}
	return src, nil
}

// moduleRoot is the nearest folder above that has a go.mod, "" if none has.
func moduleRoot(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

func everything(path string) bool { return !strings.HasSuffix(path, "_test.go") }

func guestCode(path string) bool {
	return filepath.Ext(path) != ".go" && filepath.Ext(path) != ".md" && !within(path, "testdata", "template", "generate")
}

// transcribed is embedded in the package beside it.
const transcribed = "sdk/sdktest/line/testdata"

func goCode(path string) bool {
	return filepath.ToSlash(filepath.Dir(path)) == transcribed || (filepath.Ext(path) == ".go" || path == "go.mod" || path == "go.sum") &&
		!strings.HasSuffix(path, "_test.go") && !within(path, "testdata", "template", "generate", "protocoltest", "backendtest", "exittest", "toolchain")
}

func within(path string, folders ...string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool {
		return slices.Contains(folders, part)
	})
}

// add reads the files below root/part that are wanted. What an author's own build has left there is left out.
func (s *sources) add(root, part string, wanted func(path string) bool) error {
	return filepath.WalkDir(filepath.Join(root, part), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) == ".wasm" || !wanted(rel) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		s.files[rel] = file{data, info.Mode().Perm()}
		return err
	})
}

// names says whether the build runs inside a folder, or one of its files names that folder.
func (s *sources) names(folder string) bool {
	if strings.HasPrefix(filepath.ToSlash(s.at)+"/", folder+"/") {
		return true
	}
	for _, f := range s.files {
		if bytes.Contains(f.data, []byte(folder)) {
			return true
		}
	}
	return false
}

func (s *sources) hasGo() bool {
	for path := range s.files {
		if strings.HasPrefix(path, s.at) && filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go") {
			return true
		}
	}
	return false
}

func (s *sources) write(to string) error {
	for path, f := range s.files {
		name := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.data, f.mode|0o600); err != nil {
			return err
		}
	}
	return nil
}

// key names the build: its sources, its arguments, and the compilers by place, size and time.
func (s *sources) key(args []string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", s.at, args)
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[path]
		fmt.Fprintf(h, "%q %o %x\n", path, f.mode, sha256.Sum256(f.data))
	}
	for _, tool := range []string{"clang", "wasm-ld", "rustc", "asc", "wat2wasm", "go"} {
		path, err := Find(tool)
		if err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(h, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
