package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/postern/postern/sdk"
)

const (
	envPrefix  = "secret://env/"
	filePrefix = "secret://file/"
	// maxFile bounds a secret's file, in bytes.
	maxFile = 64 << 10
	// filePerm is the most that a secret's file may permit.
	filePerm = 0o640
)

// Resolver finds what references mean. No error of it shows a secret.
type Resolver struct {
	Dir       string                           // of the configuration file: relative paths start there
	LookupEnv func(name string) (string, bool) // os.LookupEnv
}

// Password gives a partner's stored password: an argon2id or bcrypt hash as it stands, or what a reference leads to,
// which is a hash or the password itself. An empty value is no password. Plain text in the configuration is a fault,
// and so is a hash that would not be checked.
func (r Resolver) Password(value string) (sdk.Secret, error) {
	if value == "" {
		return sdk.Secret{}, nil
	}
	s := value
	if !isHash(s) {
		var err error
		if s, err = r.reference(value); err != nil {
			return sdk.Secret{}, err
		}
	}
	if isHash(s) {
		if err := CheckHash(sdk.NewSecret(s)); err != nil {
			return sdk.Secret{}, err
		}
	}
	return sdk.NewSecret(s), nil
}

// Plain gives a secret that is said to the other side, which a hash cannot be: only a reference is accepted. An empty
// value is no secret.
func (r Resolver) Plain(value string) (sdk.Secret, error) {
	if value == "" {
		return sdk.Secret{}, nil
	}
	if isHash(value) {
		return sdk.Secret{}, errors.New("is a hash, and the password itself is needed: refer to it with " + envPrefix + "NAME or " + filePrefix + "PATH")
	}
	s, err := r.reference(value)
	return sdk.NewSecret(s), err
}

func (r Resolver) reference(value string) (string, error) {
	if name, ok := strings.CutPrefix(value, envPrefix); ok {
		s, set := r.LookupEnv(name)
		switch {
		case name == "":
			return "", errors.New(envPrefix + " is followed by no name")
		case !set:
			return "", fmt.Errorf("the environment variable %s is not set", name)
		case s == "":
			return "", fmt.Errorf("the environment variable %s is empty", name)
		}
		return s, nil
	}
	if path, ok := strings.CutPrefix(value, filePrefix); ok {
		return r.file(path)
	}
	if strings.HasPrefix(value, "secret://") {
		return "", errors.New("is neither " + envPrefix + "NAME nor " + filePrefix + "PATH")
	}
	return "", errors.New("is plain text: write a hash (postern partner password), " + envPrefix + "NAME or " + filePrefix + "PATH")
}

func (r Resolver) file(path string) (string, error) {
	if path == "" {
		return "", errors.New(filePrefix + " is followed by no path")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	// A named pipe would block when it is opened, so look first.
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return "", fmt.Errorf("look at the secret's file: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open the secret's file: %w", err)
	}
	defer f.Close()
	return read(f)
}

func read(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("look at the secret's file: %w", err)
	}
	if p := info.Mode().Perm(); p&^(filePerm|0o100) != 0 {
		return "", fmt.Errorf("the secret's file %s has mode %04o, which lets others in: at most %04o is accepted", f.Name(), p, filePerm)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the secret's file: %w", err)
	case len(b) > maxFile:
		return "", fmt.Errorf("the secret's file %s has more than %d bytes", f.Name(), maxFile)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if s == "" {
		return "", fmt.Errorf("the secret's file %s is empty", f.Name())
	}
	return s, nil
}
