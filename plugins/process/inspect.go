package process

import (
	"context"

	"github.com/postern/postern/sdk"
)

// anyKind stands for a program of which it is not known what it is.
const anyKind = "any"

// Inspect starts the program, has it say what it is, an exit, a protocol or a backend, and ends it. It is asked nothing else and
// gets no settings.
func Inspect(ctx context.Context, s Settings) (sdk.Manifest, error) {
	s.Points, s.noun, s.kind = nil, "plugin", anyKind
	s.Grants = Grants{Password: true, Stored: true, File: true} // whatever it needs is told; what no process gets is a fault
	e, err := Load(ctx, s)
	if err != nil {
		return sdk.Manifest{}, err
	}
	return e.manifest, e.Close(ctx)
}
