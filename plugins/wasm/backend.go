package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire/store"
)

// Backend is an [sdk.Backend] whose calls a module answers. Each file that is open has an instance of its own until it is
// closed, so that a trap ends the transfer of that file and no other; what needs no open file is asked of any instance.
type Backend struct {
	*store.Backend
	exit *Exit
}

const (
	// atBackend stands where exits have a point.
	atBackend sdk.Point = "backend"

	// backendDeadline is that of one call. A disk below the module may take its time.
	backendDeadline = 30 * time.Second
	// backendInstances answer what needs no open file at once.
	backendInstances = 8
)

// LoadBackend compiles a module, makes its first instance, asks it what it is, and holds the answer against the
// settings. Of the settings Points and Kind have no meaning for a backend. Close gives everything back.
func LoadBackend(ctx context.Context, s Settings) (*Backend, error) {
	def(&s.Limits.Instances, backendInstances)
	s.noun = "backend"
	s = s.withDefaults()
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("backend %s: %w", s.Name, err)
	}
	e, err := prepare(ctx, &s)
	if err != nil {
		return nil, fmt.Errorf("backend %s: %w", s.Name, err)
	}
	e.times[atBackend] = e.limits.timing(backendDeadline)
	if err := e.meetBackend(ctx, &s); err != nil {
		_ = e.release() // the fault that was found is the one to tell
		if _, ok := errors.AsType[*Failure](err); !ok {
			err = fmt.Errorf("backend %s: %w", s.Name, err)
		}
		return nil, err
	}
	return &Backend{store.New(s.Name, e.manifest.Abilities, line{e}), e}, nil
}

// meetBackend makes the first instance and checks what it says of itself.
func (e *Exit) meetBackend(ctx context.Context, s *Settings) error {
	if e.json {
		return fmt.Errorf("the module cannot be a backend: %s: expected %s", exportCall, signatureOf("iiiii:I"))
	}
	in, err := e.introduce(ctx)
	if err != nil {
		return err
	}
	e.filters.put(in)
	var faults []error
	if !slices.Contains(e.manifest.Kinds, sdk.PluginBackend) {
		faults = append(faults, fmt.Errorf("the module is no backend, but: %s", printable(strings.Join(e.manifest.Kinds, ", "), maxWords)))
	}
	if missing := s.Grants.missing(e.manifest.Grants); len(missing) > 0 {
		faults = append(faults, fmt.Errorf("the module needs grants that it does not have: %s", printable(strings.Join(missing, ", "), maxWords)))
	}
	for _, a := range e.manifest.Abilities {
		if !slices.Contains(sdk.Abilities(), a) {
			e.log.Warn("the module has an ability that nobody knows", "backend", e.name, "ability", printable(string(a), 40))
		}
	}
	return errors.Join(faults...)
}

// Describe gives what the module says of itself.
func (b *Backend) Describe() sdk.Manifest { return b.exit.manifest }

// Version covers the module and its settings.
func (b *Backend) Version() string { return b.exit.version }

// Resting says why the module is not asked at the moment, because no instance could be made; "" when it is.
func (b *Backend) Resting() string { return b.exit.Resting() }

// Close lets no new call in, waits for the files that are open, and gives everything back. When the context ends before, the
// backend is closed once the last file is.
func (b *Backend) Close(ctx context.Context) error { return b.exit.Close(ctx) }
