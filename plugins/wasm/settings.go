package wasm

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/postern/postern/sdk"
)

// Settings are one exit's.
type Settings struct {
	Name   string // of the exit, for errors and the log
	Module []byte // the module as it came; it is not kept
	Kind   Kind
	// Config is the exit's own settings: one JSON object, or empty.
	Config json.RawMessage
	// Points are those that the configuration asks the exit at. A reactor must serve them all; a command serves just
	// these. Empty: all that the module says it serves.
	Points []sdk.Point
	Grants Grants
	Limits Limits
	// CacheDir keeps compiled code. Empty: nothing is kept. Whoever can write there can run code in the server, so a
	// folder that group or others can write is not used.
	CacheDir string
	// Gate is the server's one gate; nil: a gate of the exit's own.
	Gate *Gate
	// Passwords checks secrets for a module that was granted verify_password.
	Passwords sdk.PasswordChecker
	// Store keeps the module's values when it was granted a store; nil: in memory.
	Store Store
	Log   *slog.Logger     // nil: nothing is logged
	Now   func() time.Time // nil: time.Now

	noun string // what errors call it: "exit" when empty
}

// Limits bound what one module may use. A zero field stands for its default.
type Limits struct {
	Memory    int64  // bytes of linear memory of one instance; default 32 MiB, at most 1 GiB
	Fuel      int64  // of one call or block; default 20 million, about 25 to 60 ms of work
	Instances int    // that may answer questions at once; default: what GOMAXPROCS was when the gate was made
	Transfers int    // that may be filtered at once, each with an instance of its own; default 64
	Module    int    // bytes of the module; default 16 MiB
	Table     uint32 // elements of each table; default 65,536
	Block     int    // bytes of a filter's block buffer, default 256 KiB
	// Deadline of one call of the module; 0: the point's own.
	Deadline time.Duration
	// Wait is how long a call may wait for an instance, and then for the gate; 0: as long as the deadline.
	Wait time.Duration
}

// The defaults and ends of [Limits].
const (
	DefaultMemory    = 32 << 20
	MaxMemory        = 1 << 30
	DefaultFuel      = 20_000_000
	DefaultTransfers = 64
	DefaultModule    = 16 << 20
	DefaultBlock     = 256 << 10
	MaxBlock         = 4 << 20

	page     = 64 << 10
	maxReply = 64 << 10 // bytes of a decision's reply
)

// withDefaults fills in what was left out.
func (s Settings) withDefaults() Settings {
	if s.Gate == nil {
		s.Gate = NewGate(0)
	}
	def(&s.Limits.Instances, s.Gate.processors)
	s.Limits = s.Limits.withDefaults()
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Grants.Store && s.Store == nil {
		s.Store = NewMemoryStore()
	}
	return s
}

func (l Limits) withDefaults() Limits {
	def(&l.Memory, DefaultMemory)
	def(&l.Fuel, DefaultFuel)
	def(&l.Transfers, DefaultTransfers)
	def(&l.Module, DefaultModule)
	def(&l.Block, DefaultBlock)
	return l
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports every fault at once.
func (s *Settings) Validate() error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(s.Name == "", "name: an exit needs one")
	fault(len(s.Module) == 0, "module: it is empty")
	fault(s.Kind > Command, "kind: %d is none", s.Kind)
	fault(len(s.Config) > 0 && !isObject(s.Config), "config: not one JSON object")
	for _, p := range s.Points {
		_, known := p.Row()
		fault(!known, "points: there is no point %q", p)
	}
	fault(s.Grants.VerifyPassword && s.Passwords == nil, "grants.verify_password: nobody checks passwords here")
	faults = append(faults, s.Grants.faults()...)
	faults = append(faults, s.Limits.faults()...)
	return errors.Join(faults...)
}

func (l *Limits) faults() (faults []error) {
	between := func(name string, v, least, most int64) {
		if v != 0 && (v < least || v > most) {
			faults = append(faults, fmt.Errorf("limits.%s: %d is not between %d and %d", name, v, least, most))
		}
	}
	between("memory", l.Memory, page, MaxMemory)
	between("fuel", l.Fuel, 1_000, 1_000_000_000_000)
	between("instances", int64(l.Instances), 1, 4096)
	between("transfers", int64(l.Transfers), 1, 65_536)
	between("module", int64(l.Module), 8, 256<<20)
	between("block", int64(l.Block), 4<<10, MaxBlock)
	between("deadline", int64(l.Deadline), int64(time.Millisecond), int64(time.Hour))
	between("wait", int64(l.Wait), int64(time.Millisecond), int64(time.Hour))
	return faults
}

func isObject(b []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(b, &o) == nil && o != nil
}
