package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"aead.dev/minisign"
)

// Suffix is what the name of a signature has after that of its file.
const Suffix = ".minisig"

// maxText is how much of a signature or a key is read, in bytes: more than any has.
const maxText = 16 << 10

// Key is a public minisign key whose signatures count.
type Key struct{ public minisign.PublicKey }

// ID is how minisign names the key: 16 hexadecimal digits.
func (k Key) ID() string { return keyID(k.public.ID()) }

func keyID(id uint64) string { return fmt.Sprintf("%016X", id) }

// ReadKey reads one entry of a list of trusted keys: the key itself ("RWQ…"), or the path of a minisign.pub, which must be as
// safe from others as a module (see [Policy.Folder]).
func ReadKey(entry, folder string) (Key, error) {
	var k Key
	if IsKey(entry) {
		if err := k.public.UnmarshalText([]byte(entry)); err != nil {
			return Key{}, errors.New("is no public key of minisign")
		}
		return k, nil
	}
	text, err := readText(entry, folder)
	if err != nil {
		return Key{}, said(entry, err)
	}
	if err := k.public.UnmarshalText([]byte(strings.TrimSpace(string(text)))); err != nil {
		return Key{}, fmt.Errorf("%s holds no public key of minisign", entry)
	}
	return k, nil
}

// IsKey reports whether an entry is a key itself, and not a path.
func IsKey(entry string) bool {
	const length = 56 // base64 of 42 bytes: algorithm, id, key
	return len(entry) == length && strings.HasPrefix(entry, "RW") && !strings.ContainsAny(entry, ".\\")
}

// readText reads a small file that nobody else can change.
func readText(path, folder string) ([]byte, error) {
	f, err := openSafely(path, folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: its mode is %s", ErrKind, info.Mode())
	}
	if err := exposed(info, "the file"); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, maxText))
}

// readShort reads the beginning of a file.
func readShort(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxText))
}

// signature checks PATH.minisig against what was read. None at all is no error here.
func (a *Artifact) signature(p Policy, digest *minisign.Reader) error {
	name := a.Path + Suffix
	text, err := readShort(name) // who can change it can only break it
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	var s minisign.Signature
	if s.UnmarshalText(text) != nil {
		return fmt.Errorf("%w: %s is no signature of minisign", ErrSignature, name)
	}
	if s.Algorithm != minisign.HashEdDSA {
		return fmt.Errorf("%w: %s is of the old kind that does not hash the file first (sign with minisign -H)", ErrSignature, name)
	}
	var ids []string
	for _, k := range p.Trust {
		ids = append(ids, k.ID())
		if k.public.ID() != s.KeyID {
			continue
		}
		if !digest.Verify(k.public, text) {
			return fmt.Errorf("%w: key %s did not sign this file (sha256 %s)", ErrSignature, k.ID(), a.SHA256)
		}
		a.Signer = k.ID()
		return nil
	}
	return fmt.Errorf("%w: it is signed with key %s, trusted are %s", ErrSignature, keyID(s.KeyID), strings.Join(ids, ", "))
}
