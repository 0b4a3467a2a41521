package artifact

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"aead.dev/minisign"
)

// ErrPassword says that a secret key is encrypted and the password does not open it.
var ErrPassword = errors.New("the password does not open the secret key")

// SecretKey signs.
type SecretKey struct{ private minisign.PrivateKey }

// ID is how minisign names the key.
func (k SecretKey) ID() string { return keyID(k.private.ID()) }

// Public is the text that goes into plugins.trust.
func (k SecretKey) Public() string {
	public, _ := k.private.Public().(minisign.PublicKey)
	return public.String()
}

// ReadSecretKey reads a secret key file of minisign. password is asked only where the file is encrypted.
func ReadSecretKey(path string, password func() (string, error)) (SecretKey, error) {
	text, err := readShort(path)
	if err != nil {
		return SecretKey{}, err
	}
	text = []byte(strings.TrimSpace(string(text)))
	if !minisign.IsEncrypted(text) {
		var k SecretKey
		if err := k.private.UnmarshalText(text); err != nil {
			return SecretKey{}, fmt.Errorf("%s is no secret key of minisign", path)
		}
		return k, nil
	}
	given, err := password()
	if err != nil {
		return SecretKey{}, fmt.Errorf("password of %s: %w", path, err)
	}
	private, err := minisign.DecryptKey(given, text)
	if err != nil {
		return SecretKey{}, fmt.Errorf("%s: %w", path, ErrPassword)
	}
	return SecretKey{private}, nil
}

// MaxComment is how long the comment of a signature may be, in bytes.
const MaxComment = 1024

// ErrComment says that a comment cannot stand in a signature.
var ErrComment = fmt.Errorf("a comment is one line of at most %d printable characters", MaxComment)

// Sign writes the signature of a file beside it, in the place of an earlier one, and returns its path. comment is signed
// with it (minisign's trusted comment); "" stands for minisign's own, with time and name. minisign -V can check it.
func Sign(path, comment string, k SecretKey, now time.Time) (string, error) {
	if len(comment) > MaxComment || !utf8.ValidString(comment) || strings.ContainsFunc(comment, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", ErrComment
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	r := minisign.NewReader(f)
	if _, err := io.Copy(io.Discard, r); err != nil {
		return "", err
	}
	if comment == "" {
		comment = fmt.Sprintf("timestamp:%d\tfile:%s\thashed", now.Unix(), filepath.Base(path))
	}
	return path + Suffix, replace(path+Suffix, r.SignWithComments(k.private, comment, "signature from minisign secret key"))
}

// replace writes a file whole or not at all.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sign-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
	}
	return err
}
