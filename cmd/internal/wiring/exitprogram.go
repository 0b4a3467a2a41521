package wiring

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/plugins/process"
	"github.com/postern/postern/plugins/process/confine"
)

// ConfineVerb is the word under which the server's program offers [Confine].
const ConfineVerb = confine.Verb

// Confine puts this process into a sandbox and becomes the program of an exit; it returns only when that failed, with
// the exit status. args are what follows the verb.
func Confine(args []string, errs io.Writer) int { return confine.Main(args, errs) }

// loadProgram makes an exit of a program that runs as a process of its own.
func loadProgram(ctx context.Context, s *Server, p plugin, a *artifact.Artifact) (chain.Link, closer, error) {
	settings, err := programSettings(p)
	if err != nil {
		return chain.Link{}, nil, err
	}
	settings.File, settings.SHA256, settings.Log = a.File(), a.SHA256, s.options.Log
	exit, err := process.Load(ctx, settings)
	if err != nil {
		return chain.Link{}, nil, err
	}
	return chain.Link{Exit: exit, Filter: exit, Patience: exit.Patience}, exit, nil
}

// programSettings says in the loader's words what the configuration says.
func programSettings(p plugin) (process.Settings, error) {
	x := p.settings
	own, err := settingsOf(x)
	if err != nil {
		return process.Settings{}, err
	}
	l := x.Limits
	self, err := itself()
	if err != nil {
		return process.Settings{}, fmt.Errorf("find the server's own program, which confines others: %w", err)
	}
	out := process.Settings{Name: p.name, Command: slices.Clone(x.Process), Environment: x.Environment, Config: own,
		Points: slices.Clone(p.points), Confine: []string{self, ConfineVerb},
		Grants: process.Grants{Password: slices.Contains(x.Grants.Secrets, "password"), Stored: slices.Contains(x.Grants.Secrets, "stored"), File: x.Grants.File},
		Limits: process.Limits{Memory: l.Memory.Bytes(), Files: l.Files.Int(), Processes: l.Processes.Int(), InFlight: l.InFlight.Int(), Deadline: l.Deadline.Std()}}
	if b := x.Sandbox; b != nil {
		out.Sandbox = &process.Sandbox{Read: b.Read, Write: b.Write, Network: b.Network}
	}
	return out, nil
}

// itself is the program that runs now, also where another has its name by now: a sandbox permits this one alone.
func itself() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}
