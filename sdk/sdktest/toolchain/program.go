package toolchain

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"
)

// Program builds a Go program of the module around this folder, named by its import path, and gives its file, which lies in
// dir. race builds it with the race detector.
//
// Linking a server takes longer than most of the tests that start it, and the go command links again unless it finds the
// program where it is to write it. So there is one place for each program, which all packages' tests share.
func Program(dir, name string, race bool) (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "program\x00%s\x00%s\x00%t\x00%s", moduleRoot(here), name, race, os.Getenv("GOFLAGS")))
	kept := filepath.Join(place(fmt.Sprintf("%x", sum[:16])), path.Base(name))
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		return "", err
	}
	args := []string{"build", "-o", kept}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, name)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	now := time.Now()
	_ = os.Chtimes(filepath.Dir(kept), now, now) // best effort: it is in use

	// A name of its own for the same file: the next build gives the kept name to another one.
	own := filepath.Join(dir, path.Base(name))
	if os.Link(kept, own) == nil {
		return own, nil
	}
	return own, copyTree(filepath.Dir(kept), dir)
}
