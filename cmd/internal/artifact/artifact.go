package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"

	"github.com/postern/postern/core/count"
)

// What is wrong with a file, for errors.Is. The errors themselves say what was found and what was wanted.
var (
	ErrExposed   = errors.New("others could change it")
	ErrKind      = errors.New("it is not a regular file, or not one that can be executed")
	ErrSize      = errors.New("it is too large, or empty")
	ErrPin       = errors.New("it is not the file that is pinned")
	ErrSignature = errors.New("its signature does not hold")
	ErrUnproven  = errors.New("it bears neither the pin nor the signature that is required")
)

// Kind is what a file is for.
type Kind uint8

const (
	// Module is read into memory and closed: a WASM module of at most 64 MiB.
	Module Kind = iota
	// Program stays open to be executed: at most 1 GiB, and it must have an executable bit.
	Program
)

// The largest files, in bytes.
const (
	MaxModule  = 64 << 20
	MaxProgram = 1 << 30
)

// limit is the largest file of the kind, in bytes.
func (k Kind) limit() int64 {
	if k == Program {
		return MaxProgram
	}
	return MaxModule
}

// Require says what a file must bear.
type Require string

const (
	// RequireNone takes an unsigned file without a pin, as long as no key is trusted.
	RequireNone Require = "none"
	// RequirePin wants a pin for every file.
	RequirePin Require = "pin"
	// RequireSignature wants a signature of every file, pinned or not.
	RequireSignature Require = "signature"
)

// Policy is what is wanted of a file.
type Policy struct {
	Kind Kind
	// Folder ends the check of the parent folders of a file that is below it, itself included: that of the configuration.
	// The parents of any other file are checked up to the root. Absolute, or empty.
	Folder string
	SHA256 string // the pin, 64 hexadecimal digits; empty: none
	Trust  []Key  // whose signatures count; with any of them a file needs a pin or a signature
	// Require says what is wanted beyond that; empty: none.
	Require Require
}

// Artifact is a file that was checked.
type Artifact struct {
	Path   string // as it was given
	SHA256 string // of the content, hexadecimal
	Size   int64  // in bytes, at least 1
	Signer string // the id of the key that signed it; empty: no signature was looked at
	Pinned bool
	bytes  []byte
	file   *os.File
}

// Open opens a file and checks it: where it lies, what it is, its pin and its signature in PATH.minisig. The error says
// everything that is wrong with the pin or the signature. Close it, also where only Bytes is used.
func Open(path string, p Policy) (_ *Artifact, err error) {
	f, err := openSafely(path, p.Folder)
	if err != nil {
		return nil, said(path, err)
	}
	a := &Artifact{Path: path, Pinned: p.SHA256 != "", file: f}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if err := a.inspect(p.Kind); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	digest, err := a.read(p.Kind, len(p.Trust) > 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := a.prove(p, digest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if p.Kind == Module {
		return a, a.closeFile()
	}
	_, err = a.file.Seek(0, io.SeekStart)
	return a, err
}

// said names the path once.
func said(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Bytes is the content of a module, nil for a program. Nobody may write to it.
func (a *Artifact) Bytes() []byte { return a.bytes }

// File is the open program, at its beginning; nil for a module. It belongs to the artifact and ends with Close.
func (a *Artifact) File() *os.File { return a.file }

// Close lets go of the content. It may be called again.
func (a *Artifact) Close() error {
	a.bytes = nil
	return a.closeFile()
}

func (a *Artifact) closeFile() error {
	f := a.file
	a.file = nil
	if f == nil {
		return nil
	}
	return f.Close()
}

// inspect looks at what was opened, not at what now bears its name.
func (a *Artifact) inspect(k Kind) error {
	info, err := a.file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: its mode is %s", ErrKind, info.Mode())
	case k == Program && info.Mode()&0o111 == 0:
		return fmt.Errorf("%w: its mode is %s (chmod +x)", ErrKind, info.Mode())
	}
	if err := exposed(info, "the file"); err != nil {
		return err
	}
	return fits(info.Size(), k)
}

func fits(size int64, k Kind) error {
	if size < 1 || size > k.limit() {
		return fmt.Errorf("%w: it has %s, from 1 to %d are possible", ErrSize, count.Of(size, "byte"), k.limit())
	}
	return nil
}

// read reads the whole file once, for the pin, the signature and the content. A file that grows meanwhile is cut by the
// limit of its kind.
func (a *Artifact) read(k Kind, withSignature bool) (*minisign.Reader, error) {
	hash := sha256.New()
	content := io.TeeReader(io.LimitReader(a.file, k.limit()+1), hash)
	var signed *minisign.Reader // where nobody looks at signatures their digest is not worth its time
	if withSignature {
		signed = minisign.NewReader(content)
		content = signed
	}
	var err error
	if k == Module {
		a.bytes, err = io.ReadAll(content)
		a.Size = int64(len(a.bytes))
	} else {
		a.Size, err = io.Copy(io.Discard, content)
	}
	if err != nil {
		return nil, err
	}
	a.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return signed, fits(a.Size, k)
}

// prove compares the pin and the signature. What is there must hold: a bad signature is not mended by a pin, nor a bad
// pin by a signature.
func (a *Artifact) prove(p Policy, digest *minisign.Reader) error {
	var errs []error
	if a.Pinned && !strings.EqualFold(p.SHA256, a.SHA256) {
		errs = append(errs, fmt.Errorf("%w: the pin is sha256 %s, the file has %s", ErrPin, strings.ToLower(p.SHA256), a.SHA256))
	}
	if len(p.Trust) > 0 {
		if err := a.signature(p, digest); err != nil {
			errs = append(errs, err)
		}
	}
	switch {
	case len(errs) > 0:
	case p.Require == RequirePin && !a.Pinned:
		errs = append(errs, fmt.Errorf("%w: it needs a pin, sha256: %s", ErrUnproven, a.SHA256))
	case p.Require == RequireSignature && a.Signer == "":
		errs = append(errs, fmt.Errorf("%w: there is no %s", ErrUnproven, filepath.Base(a.Path)+Suffix))
	case len(p.Trust) > 0 && !a.Pinned && a.Signer == "":
		errs = append(errs, fmt.Errorf("%w: there is no %s, and no pin, sha256: %s", ErrUnproven, filepath.Base(a.Path)+Suffix, a.SHA256))
	}
	return errors.Join(errs...)
}
