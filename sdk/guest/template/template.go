// Package template holds what "postern plugin new --lang go" writes: a Go module of its own, an exit with one function filled in a
// backend or a protocol, and the SDK beside it, so that it is built outside the repository and without the network.
package template

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/line"
	"github.com/postern/postern/sdk/sdktest/transcript"
)

//go:embed all:exit all:backend all:protocol
var templates embed.FS

// goMod is the module file of the SDK's copy: it needs nothing but the standard library.
const goMod = "module github.com/postern/postern\n\ngo 1.26\n"

// Folder is where the SDK lies in an author's folder.
const Folder = "postern-sdk"

// Files gives every file of an author's folder by its path, for a plugin of a kind: exit, backend, protocol. NAME in a content stands for
// its name.
func Files(kind string) (map[string][]byte, error) {
	out := map[string][]byte{path.Join(Folder, "go.mod"): []byte(goMod)}
	err := copyTo(out, templates, kind, func(name string) string {
		return strings.TrimSuffix(strings.TrimPrefix(name, kind+"/"), ".txt") // of Go files that are none here
	})
	if err != nil {
		return nil, err
	}
	if kind == sdk.PluginProtocol {
		if err := protocol(out); err != nil {
			return nil, err
		}
	}
	return out, copyTo(out, sdk.Sources, ".", source(path.Join(Folder, "sdk")))
}

// protocol adds the dialogue that a protocol begins with, its transcripts, and what plays them.
func protocol(out map[string][]byte) error {
	own := source("line")
	err := copyTo(out, line.Sources, ".", func(name string) string {
		if path.Dir(name) == "testdata" {
			return path.Join("transcripts", path.Base(name))
		}
		return own(name)
	})
	if err != nil {
		return err
	}
	return copyTo(out, transcript.Sources, ".", source(path.Join(Folder, "sdk", "sdktest", "transcript")))
}

// source puts files into a folder, but for tests and what embeds them here.
func source(folder string) func(name string) string {
	return func(name string) string {
		if strings.HasSuffix(name, "_test.go") || name == "sources.go" {
			return ""
		}
		return path.Join(folder, name)
	}
}

// copyTo reads the files below a folder. name gives the path that one gets, "" for one that is left out.
func copyTo(out map[string][]byte, from fs.FS, dir string, name func(string) string) error {
	return fs.WalkDir(from, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name(p) == "" {
			return err
		}
		out[name(p)], err = fs.ReadFile(from, p)
		return err
	})
}
