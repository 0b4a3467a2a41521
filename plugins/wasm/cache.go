package wasm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/tetratelabs/wazero"
)

// cacheSlot is the folder of one module's compiled code. The runtime trusts what it reads there, so the slot has a seal:
// a digest of its files, written last. What does not match its seal is thrown away and compiled anew. Nothing that goes
// wrong with a slot keeps a module from being loaded.
type cacheSlot struct {
	dir    string // "": none
	sealed bool
	log    *slog.Logger
}

const sealFile = "seal"

func newCacheSlot(cacheDir string, module []byte, log *slog.Logger) *cacheSlot {
	c := &cacheSlot{log: log}
	if cacheDir == "" {
		return c
	}
	if err := trusted(cacheDir); err != nil {
		log.Warn("compiled modules are not kept", "folder", cacheDir, "err", err)
		return c
	}
	sum := sha256.Sum256(module)
	c.dir = filepath.Join(cacheDir, hex.EncodeToString(sum[:16]))
	return c
}

// trusted refuses a folder whose content others can choose. A missing one is made.
func trusted(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	i, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && i.Mode().Perm()&0o022 != 0 {
		return errors.New("group or others can write there")
	}
	return nil
}

func (c *cacheSlot) used() bool { return c.dir != "" }

// open gives the runtime's cache on the slot, emptied first if its seal is broken; nil: there is none.
func (c *cacheSlot) open() wazero.CompilationCache {
	if !c.used() {
		return nil
	}
	if want, err := os.ReadFile(filepath.Join(c.dir, sealFile)); err == nil {
		have, err := c.digest()
		c.sealed = err == nil && string(want) == have
	}
	if !c.sealed {
		if err := os.RemoveAll(c.dir); err != nil {
			c.drop(err)
			return nil
		}
	}
	cache, err := wazero.NewCompilationCacheWithDir(c.dir)
	if err != nil {
		c.drop(err)
		return nil
	}
	return cache
}

// drop gives the slot up.
func (c *cacheSlot) drop(cause error) {
	c.log.Warn("compiled code is not kept", "folder", c.dir, "err", cause)
	_ = os.RemoveAll(c.dir) // it is of no use, and the next load tries again
	c.dir = ""
}

// seal writes the digest of what was compiled.
func (c *cacheSlot) seal() {
	if !c.used() || c.sealed {
		return
	}
	sum, err := c.digest()
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, sealFile), []byte(sum), 0o600)
	}
	if err != nil {
		c.drop(err)
	}
}

// digest covers the names and bytes of the slot's files.
func (c *cacheSlot) digest() (string, error) {
	var names []string
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != sealFile {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fs.ErrNotExist
	}
	slices.Sort(names)
	h := sha256.New()
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(b)
		h.Write([]byte(n + "\x00"))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
