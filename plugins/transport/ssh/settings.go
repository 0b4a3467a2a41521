package ssh

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"crypto/rsa"

	"golang.org/x/crypto/ssh"
)

// Settings of the transport.
type Settings struct {
	HostKeys []string // files with private keys, in OpenSSH's format or PEM, without a passphrase
	Banner   string   // shown to everybody who connects, before the login; "": nothing
	Tries    int      // failed attempts to log in, per connection; 0: DefaultTries
}

// DefaultTries is how often a caller may fail before the connection is closed, as in OpenSSH.
const DefaultTries = 6

// MinRSA is how many bits a key of RSA has at least.
const MinRSA = 2048

func (s Settings) tries() int {
	if s.Tries > 0 {
		return s.Tries
	}
	return DefaultTries
}

// load reads every host key.
func (s Settings) load() ([]ssh.Signer, error) {
	var keys []ssh.Signer
	var faults []error
	for _, file := range s.HostKeys {
		k, err := readHostKey(file)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		keys = append(keys, k)
	}
	if len(s.HostKeys) == 0 {
		faults = append(faults, errors.New("there is no host key"))
	}
	return keys, errors.Join(faults...)
}

// maxHostKey is how large a host key's file may be, in bytes.
const maxHostKey = 64 << 10

// readHostKey reads one. A file that others can read is no secret any more.
func readHostKey(file string) (ssh.Signer, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): a host key is its owner's alone; chmod 600 %s", file, mode, file)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxHostKey))
	if err != nil {
		return nil, err
	}
	k, err := parseHostKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}

func parseHostKey(data []byte) (ssh.Signer, error) {
	k, err := ssh.ParsePrivateKey(data)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return nil, errors.New("the key has a passphrase, which nobody can type here: make one without (ssh-keygen -p -N '')")
	}
	if err != nil {
		return nil, fmt.Errorf("it holds no private key: %w", err)
	}
	if err := strong(k.PublicKey()); err != nil {
		return nil, err
	}
	if k.PublicKey().Type() != ssh.KeyAlgoRSA {
		return k, nil
	}
	signer, ok := k.(ssh.AlgorithmSigner)
	if !ok {
		return nil, errors.New("a key of RSA that cannot sign with SHA-2")
	}
	return ssh.NewSignerWithAlgorithms(signer, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256})
}

// strong refuses keys that are weak, or of a type that is not taken.
func strong(k ssh.PublicKey) error {
	switch k.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		c, ok := k.(ssh.CryptoPublicKey)
		if !ok {
			return errors.New("a key of RSA whose size cannot be told")
		}
		if key, ok := c.CryptoPublicKey().(*rsa.PublicKey); !ok || key.N.BitLen() < MinRSA {
			return fmt.Errorf("a key of RSA with fewer than %d bits is too weak", MinRSA)
		}
		return nil
	}
	return fmt.Errorf("keys of the type %s are not taken: use ed25519, ECDSA, or RSA with %d bits and more", k.Type(), MinRSA)
}
