package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/sdk"
)

const (
	outputText = "text"
	outputJSON = "json"
)

// defaultConfig is the configuration file where none is named.
const defaultConfig = "./postern.yaml"

// app is what every verb is given: the streams, the clock and the randomness, and the flags that all verbs share.
type app struct {
	in        io.Reader
	out, errs io.Writer
	environ   []string
	now       func() time.Time
	random    io.Reader
	version   string

	configPath string
	set        []string
	output     string
	began      bool // the command line was understood
}

func newApp() *app {
	return &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr, environ: os.Environ(), now: time.Now, random: rand.Reader,
		version: buildVersion(), output: outputText}
}

// buildVersion is the module's version, as the go command stamped it into the binary.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// json reports whether data is to be printed as JSON.
func (a *app) json() bool { return a.output == outputJSON }

// printJSON prints one value, indented.
func (a *app) printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return a.print(string(safeJSON(b)) + "\n")
}

// print writes to standard output.
func (a *app) print(s string) error {
	if _, err := io.WriteString(a.out, s); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (a *app) printf(format string, args ...any) error { return a.print(fmt.Sprintf(format, args...)) }

// warnf says something on standard error that does not end the verb.
func (a *app) warnf(format string, args ...any) {
	fmt.Fprintln(a.errs, "postern: "+safeLines(fmt.Sprintf(format, args...)))
}

// lookupEnv finds a variable of the environment.
func (a *app) lookupEnv(name string) (string, bool) {
	for _, e := range a.environ {
		if k, v, _ := strings.Cut(e, "="); k == name {
			return v, true
		}
	}
	return "", false
}

// configFile is the path of the configuration: --config, else POSTERN_CONFIG, else ./postern.yaml.
func (a *app) configFile() string {
	if a.configPath != "" {
		return a.configPath
	}
	if env, ok := a.lookupEnv("POSTERN_CONFIG"); ok && env != "" {
		return env
	}
	return defaultConfig
}

// options is what the configuration is loaded with; secrets nil leaves references as they are.
func (a *app) options(secrets config.Resolver) config.Options {
	return config.Options{Path: a.configFile(), Environ: a.environ, Set: a.set, Protocols: protocols(), Secrets: secrets,
		Describe: wiring.DescribeProtocol}
}

// load reads and checks the configuration. Its faults end the command with status 2, and so does a file that is not
// there.
func (a *app) load(secrets config.Resolver) (*config.Loaded, error) {
	return a.loadWith(a.options(secrets))
}

func (a *app) loadWith(o config.Options) (*config.Loaded, error) {
	l, err := config.Load(o)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no configuration %s: 'postern init' writes a first one, --config names another", a.configFile())
	}
	var faults config.Faults
	if err != nil && !errors.As(err, &faults) {
		return nil, usage(err)
	}
	return l, err
}

// references resolves secret:// references for the configuration.
type references struct{ secret.Resolver }

// Resolve gives what a reference points at.
func (r references) Resolve(ref string) (sdk.Secret, error) { return r.Password(ref) }
