package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/sdk"
)

// StarterPartner is the partner of the starter configuration.
const StarterPartner = "PARTNER"

// Starter writes a first configuration: one listener on loopback, one partner with the given password hash, a flow to
// receive and a published one. The caller makes the password, shows it once and hands over only its hash.
func Starter(w io.Writer, hash string) error {
	if err := secret.CheckHash(sdk.NewSecret(hash)); err != nil {
		return fmt.Errorf("write the starter configuration: the password hash: %w", err)
	}
	_, err := io.WriteString(w, strings.ReplaceAll(starterText, "HASH", hash))
	return err
}

// WriteStarter writes the starter configuration to a new file that only its owner may read. It never touches a file
// that is there: then its error wraps [os.ErrExist].
func WriteStarter(path, hash string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the starter configuration: %w", err)
	}
	err = errors.Join(Starter(f, hash), f.Sync(), f.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("write the starter configuration: %w", err), os.Remove(path))
	}
	return nil
}

const starterText = `# Postern configuration. 'postern config check' checks it, 'postern config show' prints what holds with every
# default, 'postern config schema' prints the schema for your editor. Relative paths start at this file's folder.

data_dir: ./postern-data          # catalog and admin socket

listeners:
  pesit:
    protocol: pesit
    address: "127.0.0.1:1761"     # loopback only: nobody else can call until you change it

partners:
  PARTNER:                        # the name it calls with
    password: "HASH"
    protocols: [pesit]
    allow_from: [127.0.0.0/8, "::1/128"]
    receive: [IN]                 # flows we take from it
    send: [OUT]                   # flows it may fetch

flows:
  IN:                             # what partners send us
    path: "in/{{.Partner}}/{{.File}}-{{.ID}}"
  OUT:                            # what partners may fetch at any time
    path: "out/{{.Partner}}/{{.File}}"
    publish: true

backends:
  files: {type: local, root: ./postern-data/files}
`
