package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/postern/postern/sdk/authorized"
	"golang.org/x/crypto/ssh"
)

// sftp is the protocol that SSH bears.
const sftp = "sftp"

// checkSSH checks what a listener says of SSH. The keys themselves are the transport's to judge.
func (x Listener) checkSSH(r *report, at Path) {
	switch {
	case x.Protocol.Name == sftp && x.SSH == nil:
		r.keyFault(at, "sftp is spoken inside SSH: say with which host key, ssh: {host_keys: [host_ed25519]}; "+
			"ssh-keygen -t ed25519 -N '' -f host_ed25519 makes one")
		return
	case x.SSH == nil:
		return
	case x.Protocol.Name != sftp:
		r.keyFault(at.Key("ssh"), "bears sftp and nothing else: this listener speaks %s", x.Protocol.Name)
	case x.TLS != nil:
		r.keyFault(at.Key("tls"), "SSH is inside nothing else: this listener has ssh already")
	}
	keys := at.Key("ssh").Key("host_keys")
	if len(x.SSH.HostKeys) == 0 {
		r.fault(keys, "is empty: nobody could know the server again; ssh-keygen -t ed25519 -N '' -f host_ed25519 makes a key")
	}
	for i, file := range x.SSH.HostKeys {
		if err := checkHostKey(file); err != nil {
			r.fault(keys.Item(i), "%v", err)
		}
	}
}

// checkHostKey looks whether a file is a private key that is its owner's alone.
func checkHostKey(file string) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; ssh-keygen -t ed25519 -N '' -f %s makes one", err, file)
	}
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s can be read by others (mode %04o): a host key is its owner's alone; chmod 600 %s", file, mode, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var locked *ssh.PassphraseMissingError
	switch _, err := ssh.ParseRawPrivateKey(data); {
	case errors.As(err, &locked):
		return fmt.Errorf("%s has a passphrase, which nobody can type here: ssh-keygen -p -N '' -f %s takes it off", file, file)
	case err != nil:
		return fmt.Errorf("%s holds no private key: %w", file, err)
	}
	return nil
}

// maxKeysFile is how large a file of keys may be, in bytes.
const maxKeysFile = 1 << 20

// readKeys reads the partners' authorized_keys files.
func (l *Loaded) readKeys(r *report) {
	for _, id := range sorted(l.Partners) {
		file, at := l.Partners[id].KeysFile, Path{}.Key("partners").Key(id).Key("authorized_keys_file")
		if file == "" {
			continue
		}
		data, err := os.ReadFile(file)
		switch {
		case err != nil:
			r.fault(at, "%v", err)
			continue
		case len(data) > maxKeysFile:
			r.fault(at, "%s has more than %d bytes", file, maxKeysFile)
			continue
		}
		for i, line := range strings.Split(string(data), "\n") {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if _, err := authorized.Parse(line); err != nil {
				r.fault(at, "%s:%d: %v", file, i+1, err)
				continue
			}
			l.keys[id] = append(l.keys[id], line)
		}
		if len(l.keys[id]) == 0 {
			r.fault(at, "%s holds no key", file)
		}
	}
}
