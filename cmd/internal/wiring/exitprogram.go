package wiring

import (
	"context"
	"errors"

	"github.com/postern/postern/cmd/internal/artifact"
	"github.com/postern/postern/core/chain"
)

// errNoProcesses says that this build cannot run exits as processes.
var errNoProcesses = errors.New("this build cannot run a process exit")

// loadProgram makes an exit of a program that runs as a process of its own.
func loadProgram(context.Context, *Server, plugin, *artifact.Artifact) (chain.Link, closer, error) {
	return chain.Link{}, nil, errNoProcesses
}
