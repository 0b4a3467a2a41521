package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/sdk"
)

const initLong = `Init writes a first configuration: one listener on loopback, one partner with a
generated password, a flow to receive and a published one. The password is shown
once; the file holds only its hash. A file that is there is never touched.`

func newInitCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "init", Short: "Write a first configuration", Long: initLong, Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := app.makeStarter(app.configFile())
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(s)
			}
			return app.printf("%s\nnext: postern serve\n", s)
		}}
}

// starter is what a first configuration was written with.
type starter struct {
	Config   string `json:"config"`
	Partner  string `json:"partner"`
	Password string `json:"password"`
}

// String tells it to whoever sits at the terminal.
func (s starter) String() string {
	return fmt.Sprintf("wrote %s\npartner %s may call with the password %s (shown this once, only its hash is kept)", s.Config, s.Partner, s.Password)
}

// writeStarter writes a first configuration and says so on standard error.
func (a *app) writeStarter(path string) error {
	s, err := a.makeStarter(path)
	if err == nil {
		_, err = fmt.Fprintln(a.errs, s)
	}
	return err
}

func (a *app) makeStarter(path string) (starter, error) {
	s := starter{Config: path, Partner: config.StarterPartner}
	password, err := newPassword(a.random)
	if err != nil {
		return s, err
	}
	s.Password = password
	hash, err := secret.Hash(sdk.NewSecret(password), a.random)
	if err != nil {
		return s, err
	}
	err = config.WriteStarter(path, hash)
	if errors.Is(err, fs.ErrExist) {
		return s, fmt.Errorf("%s is there already; nothing was changed", path)
	}
	return s, err
}

// passwordLength is what a PeSIT CONNECT has room for, in bytes (PeSIT E, PI 5).
const passwordLength = 8

// passwordLetters leaves out what is mistaken for something else; 32 of them, so that each random byte is as good as
// another.
const passwordLetters = "abcdefghijkmnpqrstuvwxyz23456789"

func newPassword(random io.Reader) (string, error) {
	b := make([]byte, passwordLength)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	for i := range b {
		b[i] = passwordLetters[int(b[i])%len(passwordLetters)]
	}
	return string(b), nil
}
