package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aead.dev/minisign"
)

// shelf is a folder of plugin files, as that of a configuration.
type shelf struct {
	*testing.T
	dir string
}

func newShelf(t *testing.T) *shelf {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &shelf{t, dir}
}

// put writes a file with a mode that no umask narrows.
func (s *shelf) put(name, content string, mode os.FileMode) string {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		s.Fatal(err)
	}
	s.mode(name, mode)
	return path
}

func (s *shelf) mode(name string, mode os.FileMode) {
	s.Helper()
	if err := os.Chmod(filepath.Join(s.dir, name), mode); err != nil {
		s.Fatal(err)
	}
}

func (s *shelf) link(target, name string) string {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.Symlink(target, path); err != nil {
		s.Fatal(err)
	}
	return path
}

// key makes a pair and writes the secret half to a file, in plain.
func (s *shelf) key(name string) (Key, SecretKey) {
	s.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		s.Fatal(err)
	}
	text, err := private.MarshalText()
	if err != nil {
		s.Fatal(err)
	}
	secret, err := ReadSecretKey(s.put(name, string(text), 0o600), nil)
	if err != nil {
		s.Fatal(err)
	}
	return Key{public}, secret
}

func (s *shelf) sign(path string, k SecretKey) {
	s.Helper()
	if _, err := Sign(path, "", k, time.Unix(1, 0)); err != nil {
		s.Fatal(err)
	}
}

func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
