package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/cmd/internal/author"
)

const pluginSignLong = `Sign writes FILE.minisig beside a plugin file. A server that has the public key in
plugins.trust loads the file then without a pin. 'minisign -V' checks the same
signature, and shows its comment.`

func newPluginSignCommand(app *app) *cobra.Command {
	var key, env, comment string
	cmd := &cobra.Command{Use: "sign FILE", Short: "Sign a plugin file with a minisign key", Long: pluginSignLong, Args: oneArg,
		RunE: func(_ *cobra.Command, args []string) error { return app.signPlugin(args[0], comment, key, env) }}
	cmd.Flags().StringVar(&key, "key", "", "the secret key: a `file` made by 'postern plugin keygen' or minisign -G")
	cmd.Flags().StringVar(&env, "password-env", "", "the environment `variable` with the key's password (default: the terminal asks)")
	cmd.Flags().StringVar(&comment, "comment", "", "one line of `text` that is signed too (default: the time and the name of the file)")
	if err := cmd.MarkFlagRequired("key"); err != nil {
		panic(err)
	}
	return cmd
}

func (a *app) signPlugin(path, comment, key, env string) error {
	k, err := artifact.ReadSecretKey(key, func() (string, error) { return a.keyPassword(env, false) })
	if err != nil {
		return err
	}
	signature, err := artifact.Sign(path, comment, k, a.now())
	if errors.Is(err, artifact.ErrComment) {
		return usagef("--comment: %v", err)
	}
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(map[string]string{"signature": signature, "key": k.ID(), "public": k.Public()})
	}
	return a.printf("%s: signed with key %s\n", safe(signature), k.ID())
}

const pluginKeygenLong = `Keygen makes a pair of minisign keys: FILE, the secret one, which signs and stays
with its owner, and the public one beside it with the ending .pub, which goes into
plugins.trust of the servers. The secret key is encrypted with a password: the
terminal asks for it, or --password-env names it. --no-password leaves it in the
clear, for a machine that signs by itself.`

func newPluginKeygenCommand(app *app) *cobra.Command {
	var env string
	var none bool
	cmd := &cobra.Command{Use: "keygen FILE", Short: "Make a minisign key to sign plugins with", Long: pluginKeygenLong, Args: oneArg,
		RunE: func(_ *cobra.Command, args []string) error { return app.makeKey(args[0], env, none) }}
	cmd.Flags().StringVar(&env, "password-env", "", "the environment `variable` with the password")
	cmd.Flags().BoolVar(&none, "no-password", false, "do not encrypt the secret key")
	cmd.MarkFlagsMutuallyExclusive("password-env", "no-password")
	return cmd
}

func (a *app) makeKey(path, env string, none bool) error {
	password := ""
	if !none {
		var err error
		if password, err = a.keyPassword(env, true); err != nil {
			return err
		}
	}
	public, text, err := author.NewKey(a.random, path, password)
	if err != nil {
		return err
	}
	if a.json() {
		return a.printJSON(map[string]string{"secret": path, "public": public, "trust": text})
	}
	return a.printf("%s: the secret key\n%s: the public key, for plugins.trust: [%s]\n", safe(path), safe(public), text)
}

// keyPassword is the password of a key: of the environment, or asked for, twice where it is new.
func (a *app) keyPassword(env string, fresh bool) (string, error) {
	if env != "" {
		password, ok := a.lookupEnv(env)
		if !ok || password == "" {
			return "", usagef("--password-env: there is no %s in the environment", env)
		}
		return password, nil
	}
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New("the key needs a password and there is no terminal to ask: give --password-env")
	}
	if fresh {
		password, err := a.askPassword(int(f.Fd()))
		return password.Reveal(), err
	}
	password, err := a.prompt(int(f.Fd()), "Password of the key: ")
	if err != nil {
		return "", fmt.Errorf("password of the key: %w", err)
	}
	return password.Reveal(), nil
}
