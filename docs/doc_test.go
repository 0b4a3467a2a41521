// Package docs_test keeps the documentation true: it runs every example, loads every configuration, follows every link
// and compares the tables with the code they are made from ("make generate" writes these anew).
package docs_test

import (
	"bufio"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

var update = flag.Bool("update", false, "write the generated parts of the pages anew")

// root is the repository, seen from this folder.
const root = ".."

// binary is the postern that the examples run.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "postern-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Without the race detector, always: it is the end-to-end tests that look for races, and with it a module takes a minute
	// to compile.
	if binary, err = toolchain.Program(dir, "github.com/postern/postern/cmd/postern", false); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// block is a fenced block of a page.
type block struct {
	lang string
	info string // what follows the language
	text string
	line int // of its first line in the page
}

// file is the name after file=, "" when there is none.
func (b block) file() string {
	for _, w := range strings.Fields(b.info) {
		if name, ok := strings.CutPrefix(w, "file="); ok {
			return name
		}
	}
	return ""
}

// pages lists every page that is for people outside the plugin folders.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"README.md", "RATIONALE.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			rel, rerr := filepath.Rel(root, path)
			out = append(out, filepath.ToSlash(rel))
			return rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 25 {
		t.Fatalf("only %d pages were found", len(out))
	}
	return out
}

func read(t *testing.T, page string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks finds the fenced blocks of a page.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	var out []block
	var open *block
	s := bufio.NewScanner(strings.NewReader(read(t, page)))
	for n := 1; s.Scan(); n++ {
		line := s.Text()
		rest, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open != nil:
			out = append(out, *open)
			open = nil
		case fence:
			lang, info, _ := strings.Cut(rest, " ")
			open = &block{lang: lang, info: info, line: n + 1}
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: a fenced block has no end", page, open.line)
	}
	return out
}
