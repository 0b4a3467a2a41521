package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

const passwordLong = `Password reads a password from standard input, one line, and prints its argon2id
hash for the configuration. On a terminal it asks twice and shows nothing.`

func newPartnerPasswordCommand(app *app) *cobra.Command {
	return &cobra.Command{Use: "password", Short: "Hash a partner's password", Long: passwordLong, Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			password, err := app.readPassword()
			if err != nil {
				return err
			}
			if n := len(password.Reveal()); n > passwordLength {
				app.warnf("the password has %s; PeSIT carries %d", count.Of(n, "byte"), passwordLength)
			}
			hash, err := secret.Hash(password, app.random)
			if err != nil {
				return err
			}
			if app.json() {
				return app.printJSON(map[string]string{"password": hash})
			}
			return app.print(hash + "\n")
		}}
}

// maxPassword is the longest password that is read, in bytes.
const maxPassword = 1024

// readPassword asks a terminal twice, without echo, or reads one line of anything else.
func (a *app) readPassword() (sdk.Secret, error) {
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return a.askPassword(int(f.Fd()))
	}
	b, err := io.ReadAll(io.LimitReader(a.in, maxPassword+1))
	if err != nil {
		return sdk.Secret{}, fmt.Errorf("read the password: %w", err)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	switch {
	case len(b) > maxPassword:
		return sdk.Secret{}, usagef("the password has more than %d bytes", maxPassword)
	case line == "":
		return sdk.Secret{}, usagef("standard input holds no password")
	case strings.ContainsAny(line, "\r\n"):
		return sdk.Secret{}, usagef("standard input holds more than one line; a password is one")
	}
	return sdk.NewSecret(line), nil
}

func (a *app) askPassword(fd int) (sdk.Secret, error) {
	first, err := a.prompt(fd, "Password: ")
	if err != nil {
		return first, err
	}
	second, err := a.prompt(fd, "Again: ")
	switch {
	case err != nil:
		return second, err
	case first.Empty():
		return first, errors.New("the password is empty")
	case !first.Equal(second):
		return first, errors.New("the two passwords differ")
	}
	return first, nil
}

func (a *app) prompt(fd int, text string) (sdk.Secret, error) {
	fmt.Fprint(a.errs, text)
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(a.errs)
	if err != nil {
		return sdk.Secret{}, fmt.Errorf("read the password: %w", err)
	}
	return sdk.NewSecret(string(b)), nil
}
