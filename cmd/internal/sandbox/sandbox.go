// Package sandbox closes everything to the server that its configuration does not name: files, folders and TCP ports
// (landlock, Linux 6.7). A process cannot be confined from within once it has threads, so the server starts itself once
// more, in the same process, and the second start finds itself confined and proves it.
//
// What the system is asked for, plugins/process/confine knows; what the configuration names, cmd/internal/config does.
// This package joins the two, and judges whether another configuration stays within what was granted.
//
// The main calls are [Enter] and [Entered].
package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/process/confine"
)

// variable tells the second start what was granted. Whoever sets it by hand gets a server that does not start: it finds
// out that it is not confined.
const variable = "INTERNAL_POSTERN_SANDBOX"

// Sandbox is what the server may reach until it ends.
type Sandbox struct {
	confine.Domain
	// Scratch is the folder of its temporary files.
	Scratch string `json:"scratch"`
}

// Options of [Enter].
type Options struct {
	Config *config.Loaded
	Write  []string // folders that the configuration does not name
	Args   []string // os.Args
	// Environ is the environment of the second start.
	Environ []string
}

// Enter makes the folders that are missing and starts the server anew, confined to what its configuration names. It
// returns only when that failed, and then this process must end.
func Enter(o Options) error {
	if err := confine.Whole(); err != nil {
		return fmt.Errorf("sandbox is %s, and this system cannot: %w; with sandbox: none the server runs without", o.Config.Sandbox, err)
	}
	s, err := grant(o)
	if err != nil {
		return err
	}
	s.Pin()
	told, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("tell what was granted: %w", err)
	}
	environ := slices.DeleteFunc(slices.Clone(o.Environ), func(e string) bool {
		return strings.HasPrefix(e, "TMPDIR=") || strings.HasPrefix(e, "XDG_RUNTIME_DIR=") || strings.HasPrefix(e, variable+"=")
	})
	environ = append(environ, "TMPDIR="+s.Scratch, "XDG_RUNTIME_DIR="+s.Scratch, variable+"="+string(told))
	if err := s.Domain.Enter(o.Args, environ); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return errors.New("sandbox: the server was not started anew")
}

// Entered tells what was granted to this process; nil: it is not the second start. It fails where the process ought to
// be confined and is not.
func Entered(lookup func(string) (string, bool)) (*Sandbox, error) {
	told, ok := lookup(variable)
	if !ok {
		return nil, nil
	}
	if err := os.Unsetenv(variable); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{}
	if err := json.Unmarshal([]byte(told), s); err != nil {
		return nil, fmt.Errorf("sandbox: %s is not for use by hand: %w", variable, err)
	}
	if err := s.Proven(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// real follows links as far as the path is there; what is not there yet is below what is.
func real(path string) string {
	path = filepath.Clean(path)
	for at, rest := path, ""; ; at = filepath.Dir(at) {
		if to, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(to, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
