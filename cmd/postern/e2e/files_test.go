package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// stored is the content of a file of the backend.
func (s *server) stored(path string) []byte {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "files", filepath.FromSlash(path)))
	if err != nil {
		s.Fatal(err)
	}
	return b
}

// publish puts a file into the backend.
func (s *server) publish(path, content string) {
	s.Helper()
	name := filepath.Join(s.dir, "files", filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
}

// files are the paths of all files of the backend, temporary ones too.
func (s *server) files() []string {
	s.Helper()
	var out []string
	root := filepath.Join(s.dir, "files")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// isPart knows temporary files.
func isPart(path string) bool { return strings.HasPrefix(filepath.Base(path), ".postern-") }

// arrived checks that an entry is done and its file is exactly that.
func (s *server) arrived(e entry, want []byte) {
	s.Helper()
	if err := s.whole(e, want); err != nil {
		s.Fatal(err)
	}
}

func (s *server) whole(e entry, want []byte) error {
	if e.Status != "done" || e.Bytes != int64(len(want)) || e.SHA256 != digest(want) {
		return fmt.Errorf("entry %s of %s is %s with %d bytes and digest %s; done, %d and %s are right", e.ID, e.File, e.Status, e.Bytes, e.SHA256, len(want), digest(want))
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "files", filepath.FromSlash(e.Path)))
	if err != nil {
		return err
	}
	if !bytes.Equal(b, want) {
		return fmt.Errorf("file %s differs from what was sent: %d bytes, %d sent, first difference at %d", e.Path, len(b), len(want), difference(b, want))
	}
	return nil
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
