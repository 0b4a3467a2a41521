package author

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"aead.dev/minisign"
)

// NewKey makes a key pair of minisign: the secret key goes to path, for its owner alone and encrypted where password is
// not empty, the public one to path with .pub in the place of .key, or behind it. Neither file may be there. It returns
// the public file and the text that goes into plugins.trust.
func NewKey(random io.Reader, path, password string) (public, text string, err error) {
	public = strings.TrimSuffix(path, ".key") + ".pub"
	for _, name := range []string{path, public} { // encrypting takes seconds
		if _, err := os.Lstat(name); err == nil {
			return "", "", &fs.PathError{Op: "create", Path: name, Err: syscall.EEXIST}
		}
	}
	pub, private, err := minisign.GenerateKey(random)
	if err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	secret, err := private.MarshalText()
	if err == nil && password != "" {
		secret, err = minisign.EncryptKey(password, private)
	}
	if err != nil {
		return "", "", fmt.Errorf("write the key: %w", err)
	}
	full, err := pub.MarshalText()
	if err != nil {
		return "", "", err
	}
	if err := create(path, secret, 0o600); err != nil {
		return "", "", err
	}
	if err := create(public, full, 0o644); err != nil {
		return "", "", errors.Join(err, os.Remove(path))
	}
	return public, pub.String(), nil
}

// create writes a file that is not there yet.
func create(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if len(content) > 0 && content[len(content)-1] != '\n' {
		content = append(content, '\n')
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
