package power

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is the server with one thing wrong.
type mutant struct {
	What   string
	File   string // below the module, with /
	Where  string // File and the function
	change func(src []byte) ([]byte, error)
	// Needless says why nothing breaks without it; "": something must.
	Needless string
}

// durable are the folders whose every sync is taken away once.
var durable = []string{"plugins/backend/local", "core/catalog/sqlite", "core/catalog/sqlite/journal", "cmd/internal/datadir"}

// syncs are the names of what makes something durable and returns an error and nothing else. Calls inside a function of
// that name are left alone: each call of the function is a mutant of its own.
var syncs = []string{"Sync", "sync", "datasync", "syncFile", "syncFolder", "syncDir", "settleName", "settleFolders"}

// needless are the syncs without which nothing breaks, by their place, and why they stay.
var needless = map[string]string{
	"core/catalog/sqlite/backup.go, Backup":        "SQLite has synced the copy by then, and promises it nowhere: this one stays",
	"core/catalog/sqlite/identity.go, writeMarker": "the folder is synced again when the journal is made; one that has a journal already needs it",
}

// module is the module's folder.
var module = filepath.Join("..", "..", "..", "..")

// syncMutants finds every call of a sync and takes it away.
func syncMutants() (all []mutant, err error) {
	for _, dir := range durable {
		files, err := filepath.Glob(filepath.Join(module, dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			found, err := syncsIn(f, dir+"/"+filepath.Base(f))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

func syncsIn(path, name string) (all []mutant, err error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, src, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || slices.Contains(syncs, fn.Name.Name) && fn.Recv == nil {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.Contains(syncs, called(call)) {
				return true
			}
			from, to := files.Position(call.Pos()).Offset, files.Position(call.End()).Offset
			where := name + ", " + fn.Name.Name
			all = append(all, mutant{What: "`" + string(src[from:to]) + "`", File: name, Where: where, Needless: needless[where],
				change: func(src []byte) ([]byte, error) { return without(src, files, call), nil }})
			return true
		})
	}
	return all, nil
}

// called is the last name of what a call calls.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// without puts success in the place of a call. What it was about is still used, so that the program compiles.
func without(src []byte, files *token.FileSet, c *ast.CallExpr) []byte {
	at := func(p token.Pos) int { return files.Position(p).Offset }
	used := string(src[at(c.Fun.Pos()):at(c.Fun.End())])
	for _, a := range c.Args {
		used += ", " + string(src[at(a.Pos()):at(a.End())])
	}
	return slices.Concat(src[:at(c.Pos())], []byte("func(...any) error { return nil }("+used+")"), src[at(c.End()):])
}

// exchange is a change of text, each of which must be found once.
func exchange(pairs ...string) func([]byte) ([]byte, error) {
	return func(src []byte) ([]byte, error) {
		for i := 0; i < len(pairs); i += 2 {
			if bytes.Count(src, []byte(pairs[i])) != 1 {
				return nil, fmt.Errorf("the source has changed, and the mutant with it must: %q is not found once", pairs[i])
			}
			src = bytes.Replace(src, []byte(pairs[i]), []byte(pairs[i+1]), 1)
		}
		return src, nil
	}
}

// source is the changed file.
func (m mutant) source() ([]byte, error) {
	src, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(m.File)))
	if err != nil {
		return nil, err
	}
	if src, err = m.change(src); err != nil {
		return nil, fmt.Errorf("%s: %w", m.File, err)
	}
	return src, nil
}

// build builds the programs with the mutant in them.
func (m mutant) build(dir string) (server, drive string, err error) {
	src, err := m.source()
	if err != nil {
		return "", "", err
	}
	root, err := filepath.Abs(module)
	if err != nil {
		return "", "", err
	}
	changed := filepath.Join(dir, "mutant.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, filepath.FromSlash(m.File)): changed}})
	if err != nil {
		return "", "", err
	}
	name := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(changed, src, 0o600), os.WriteFile(name, overlay, 0o600)); err != nil {
		return "", "", err
	}
	return build(dir, name)
}
