package wiring

import (
	"context"
	"encoding/json"

	"github.com/postern/postern/cmd/internal/author"
	"github.com/postern/postern/sdk"
)

// loadProgram starts a program to be tried.
func (b *Bench) loadProgram(context.Context, json.RawMessage, []sdk.Point) (author.Plugin, error) {
	return nil, errNoProcesses
}

// inspectProgram starts a program, has it describe itself and ends it.
func inspectProgram(context.Context, *author.Report) error { return errNoProcesses }
