package local

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/backendtest"
)

func TestLocalKeepsTheDutiesOfABackend(t *testing.T) {
	for name, quota := range map[string]int64{"without a quota": 0, "with a quota": 1 << 30, "walking step by step": 0} {
		open := func(t testing.TB, s Settings) *Backend {
			b := open(t, s)
			if name == "walking step by step" {
				b.WalkStepByStep()
			}
			return b
		}
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, func(t *testing.T) backendtest.Harness {
				dir := t.TempDir()
				s := Settings{Root: dir, Quota: quota}
				b := open(t, s)
				return backendtest.Harness{
					Backend:  b,
					Restart:  func() sdk.Backend { return open(t, s) },
					Paths:    func() []string { return everything(t, dir) },
					FailSync: func() { b.failNextSync() },
				}
			})
		})
	}
}

func open(t testing.TB, s Settings) *Backend {
	t.Helper()
	b, err := New(s)
	if err != nil {
		t.Fatalf("open the backend: %v", err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func (b *Backend) failNextSync() {
	real := b.sys.datasync
	b.sys.datasync = func(*os.File) error {
		b.sys.datasync = real
		return syscall.EIO
	}
}

// everything lists what is below a folder, hidden files and folders too.
func everything(t testing.TB, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != root {
			rel, _ := filepath.Rel(root, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
