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
	"strings"

	"github.com/tetratelabs/wazero"
)

// cacheSlot is the folder of one module's compiled code. The runtime trusts what it reads there, so the slot has a seal:
// a digest of its files. What does not match its seal is thrown away and compiled anew. A slot is filled under another
// name and appears sealed, all at once: several servers and exits may load the same module. Nothing that goes wrong with
// a slot keeps a module from being loaded.
type cacheSlot struct {
	dir    string // "": none
	making string // where it is filled; "" when it was there
	log    *slog.Logger
}

const (
	sealFile = "seal"
	unsealed = "making-" // what a slot is called while it is filled
)

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
	if !ours(i) {
		return errors.New("it belongs to somebody else")
	}
	return nil
}

func (c *cacheSlot) used() bool { return c.dir != "" }

// touch notes that the slot's code is used, though it was in memory.
func (c *cacheSlot) touch() {
	if c.used() {
		touch(c.dir)
	}
}

// open gives the runtime's cache on the slot, or on a new one when there is none with its seal whole, or in memory alone.
func (c *cacheSlot) open() wazero.CompilationCache {
	if !c.used() {
		return wazero.NewCompilationCache()
	}
	from := c.dir
	if sealed(c.dir) {
		touch(c.dir)
	} else {
		sweep(filepath.Dir(c.dir))
		var err error
		if c.making, err = os.MkdirTemp(filepath.Dir(c.dir), unsealed); err != nil {
			c.drop(err)
			return wazero.NewCompilationCache()
		}
		from = c.making
	}
	cache, err := wazero.NewCompilationCacheWithDir(from)
	if err != nil {
		c.drop(err)
		return wazero.NewCompilationCache()
	}
	return cache
}

// sealed reports whether a slot holds what was put there.
func sealed(dir string) bool {
	want, err := os.ReadFile(filepath.Join(dir, sealFile))
	if err != nil {
		return false
	}
	have, err := digest(dir)
	return err == nil && string(want) == have
}

// drop gives the slot up.
func (c *cacheSlot) drop(cause error) {
	c.log.Warn("compiled code is not kept", "folder", c.dir, "err", cause)
	if c.making != "" {
		_ = os.RemoveAll(c.making) // else sweep does it
	} else {
		_ = os.RemoveAll(c.dir) // it was no use, and the next load tries again
	}
	c.dir = ""
}

// seal gives a slot that was filled its digest and its name.
func (c *cacheSlot) seal() {
	if !c.used() || c.making == "" {
		return
	}
	sum, err := digest(c.making)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.making, sealFile), []byte(sum), 0o600)
	}
	if err == nil && sealed(c.dir) { // somebody else was faster
		err = os.RemoveAll(c.making)
	} else if err == nil {
		err = errors.Join(os.RemoveAll(c.dir), os.Rename(c.making, c.dir))
	}
	if err != nil {
		c.drop(err)
	}
}

// digest covers the names and bytes of the slot's files.
func digest(dir string) (string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
		h.Write([]byte(strings.TrimPrefix(n, dir) + "\x00"))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
