package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// Load starts the program, and checks what it says of itself against the settings. The context bounds the start alone.
// The error says everything that is wrong, and nothing is left of the process then.
func Load(ctx context.Context, s Settings) (*Exit, error) {
	s = s.withDefaults()
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", s.noun, s.Name, err)
	}
	program, err := openProgram(&s)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", s.noun, s.Name, err)
	}
	e := &Exit{set: s, program: program, talk: newTalk(s.Said, s.Now),
		places: make(chan struct{}, s.Limits.InFlight), over: make(chan struct{})}
	e.set.Log = s.Log.With(s.noun, s.Name)
	e.life, e.end = context.WithCancel(context.Background())
	e.calm, e.calmDown = context.WithCancel(e.life)
	if err := e.begin(ctx); err != nil {
		e.end()
		return nil, errors.Join(&Failure{noun: s.noun, Exit: s.Name, Kind: ErrStart, What: err.Error(), Cause: err}, program.close())
	}
	return e, nil
}

func (e *Exit) begin(ctx context.Context) error {
	e.noteSandbox()
	c, err := e.start(ctx)
	if err != nil {
		return err
	}
	if err := e.fits(&c.manifest); err != nil {
		c.abandon()
		return err
	}
	e.manifest = c.manifest
	if e.points = slices.Clone(e.set.Points); len(e.points) == 0 {
		e.points = slices.Clone(c.manifest.Points)
	}
	config := sha256.Sum256(e.set.Config)
	e.version = e.program.sum + "-" + hex.EncodeToString(config[:])
	e.now.Store(&standing{child: c})
	e.set.Log.Info("the exit's process runs", "pid", c.proc.pid, "version", printable(c.manifest.Version, 60))
	go e.supervise(c)
	return nil
}

// fits compares what the process says of itself with the settings.
func (e *Exit) fits(m *sdk.Manifest) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	ours := sdk.ContractVersion
	if m.Contract>>16 != ours>>16 {
		fault("it speaks version %d.%d of the contract, the server %d.%d", m.Contract>>16, m.Contract&0xffff, ours>>16, ours&0xffff)
	} else if m.Contract > ours {
		e.set.Log.Warn("the exit speaks a newer version of the contract", "minor", m.Contract&0xffff)
	}
	inspected := e.set.kind == anyKind
	if e.set.kind == sdk.PluginProtocol || inspected && slices.Contains(m.Kinds, sdk.PluginProtocol) {
		if err := fitsProtocol(m); err != nil {
			faults = append(faults, err)
		}
	} else if !inspected && !slices.Contains(m.Kinds, e.set.kind) {
		fault("it is no %s, but: %s", e.set.noun, printable(strings.Join(m.Kinds, ", "), 100))
	}
	for _, p := range e.set.Points {
		if !slices.Contains(m.Points, p) {
			fault("it does not serve the point %s", p)
		}
	}
	for _, g := range m.Grants {
		if !e.granted(g) {
			fault("it needs the grant %s", printable(g, 40))
		}
	}
	return errors.Join(faults...)
}

// granted says whether a process has what it cannot do without. What is not the server's to give it has by itself, where
// no sandbox takes it away.
func (e *Exit) granted(grant string) bool {
	box := e.set.Sandbox
	switch grant {
	case sdk.GrantPassword:
		return e.set.Grants.Password
	case sdk.GrantStored:
		return e.set.Grants.Stored
	case sdk.GrantFile:
		return e.set.Grants.File
	case sdk.GrantHTTP:
		return box == nil || box.Network
	case sdk.GrantFolder:
		return box == nil || len(box.Read)+len(box.Write) > 0
	case sdk.GrantStore:
		return box == nil || len(box.Write) > 0
	}
	return grant == sdk.GrantClock
}

// same says whether a process that was started again is what it was.
func (e *Exit) same(m *sdk.Manifest) error {
	if !reflect.DeepEqual(*m, e.manifest) {
		return errors.New("started again it says something else of itself")
	}
	return nil
}
