// Command through is a backend as a module that gives everything to the backend below it. It fails where a file's name
// says so.
package main

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.ServeBackend(sdk.Storage{Name: "through", Version: "1", Grants: []string{sdk.GrantBackend},
		Abilities: sdk.Abilities(), Open: open})
}

func main() {} // a module is called, it does not run

func open(_ json.RawMessage, below sdk.Backend) (sdk.Backend, error) {
	if below == nil {
		return nil, errors.New("there is no backend below")
	}
	return through{below.(everything)}, nil
}

// everything is what the backend below can do.
type everything interface {
	sdk.Backend
	sdk.Statter
	sdk.Lister
	sdk.Renamer
	sdk.Remover
	sdk.Mkdirer
	sdk.Rmdirer
	sdk.Prober
	sdk.Parts
	sdk.PartRemover
}

type through struct{ everything }

func (t through) Create(at sdk.Target) (sdk.Writer, error) {
	w, err := t.everything.Create(at)
	if err == nil && strings.HasSuffix(at.Path, ".trap") {
		w = trap{w}
	}
	return w, err
}

// trap is a file whose first byte ends the instance.
type trap struct{ sdk.Writer }

func (trap) WriteAt([][]byte, int64) error { panic("told to fail") }
