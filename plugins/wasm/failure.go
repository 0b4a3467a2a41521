package wasm

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern/postern/sdk"
)

// What a call can fail of; test a [*Failure] for them with errors.Is.
const (
	ErrFuel     = failed("out of fuel")
	ErrDeadline = failed("deadline passed")
	ErrTrap     = failed("trap")
	ErrExited   = failed("exited")      // a reactor called proc_exit, or a command ended with a status other than 0
	ErrReply    = failed("bad reply")   // no verdict could be read from what it answered
	ErrABI      = failed("abi error")   // it answered with one of the contract's own errors
	ErrMemory   = failed("no memory")   // it had no memory for what the host wanted to give it
	ErrStart    = failed("no start")    // no instance could be made
	ErrBusy     = failed("busy")        // no instance, or no place at the gate, within the wait
	ErrCanceled = failed("canceled")    // the caller did not want the answer any more
	ErrOpen     = failed("not asked")   // the exit failed too often and is left alone for a while
	ErrClosed   = failed("closed")      // the exit was unloaded
	ErrPoint    = failed("no such use") // it is asked for what it does not do
)

type failed string

func (f failed) Error() string { return string(f) }

// Failure is why an exit gave no answer. It reads as one sentence: exit vet at identify: the module ran out of fuel
// (20,000,000) in parse_rules.
type Failure struct {
	Exit  string
	Point sdk.Point
	Kind  error  // one of the above
	What  string // the sentence's second half
	Cause error  // may be nil

	noun string // in place of "exit"
}

func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", cmp.Or(f.noun, "exit"), f.Exit)
	if f.Point != "" && f.Point != atBackend && f.Point != talking {
		fmt.Fprintf(&b, " at %s", f.Point)
	}
	b.WriteString(": " + f.What)
	return b.String()
}

// Unwrap gives the kind and the cause.
func (f *Failure) Unwrap() []error {
	if f.Cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.Cause}
}

// theGuests reports whether the module itself is to blame.
func (f *Failure) theGuests() bool {
	switch f.Kind {
	case ErrBusy, ErrCanceled, ErrOpen, ErrClosed, ErrStart, ErrPoint:
		return false
	}
	return true
}

// stop is what a host function panics with to end the module's call.
type stop struct {
	kind error
	what string
}

func (s *stop) Error() string { return s.what }

// Unwrap gives the kind.
func (s *stop) Unwrap() error { return s.kind }

func stopped(kind error, format string, args ...any) *stop {
	return &stop{kind, fmt.Sprintf(format, args...)}
}

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// failure says what ended a call. kind is that of a trap: ErrStart while an instance is made.
func (e *Exit) failure(in *instance, p sdk.Point, kind error, err error) *Failure {
	f := &Failure{noun: e.noun, Exit: e.name, Point: p, Kind: kind, Cause: err}
	what, function := where(err.Error(), e.program.compiled.Name())
	var s *stop
	var exit *sys.ExitError
	switch {
	case errors.As(err, &s):
		f.What = s.what
		if kind != ErrStart || s.kind == ErrBusy || s.kind == ErrCanceled {
			f.Kind = s.kind
		}
	case errors.As(err, &exit):
		f.What = "the module exited with status " + grouped(int64(exit.ExitCode()))
	case in.fuel != nil && int64(in.fuel.Get()) < 0:
		f.What = in.task.outOfFuel().what
	case in.mod == nil:
		f.What = fmt.Sprintf("its start function failed, or ran out of fuel (%s): %s", grouped(in.task.budget), what)
	default:
		f.What = "the module failed: " + what
	}
	if s == nil && kind != ErrStart {
		f.Kind = trapKind(in, exit)
	}
	if function != "" {
		f.What += " in " + function
	}
	f.What = in.task.mask(f.What) // the module may have put them there
	if kind == ErrStart {
		f.What = "no instance could be made: " + f.What
	}
	return f
}

func trapKind(in *instance, exit *sys.ExitError) error {
	switch {
	case exit != nil:
		return ErrExited
	case in.fuel != nil && int64(in.fuel.Get()) < 0:
		return ErrFuel
	}
	return ErrTrap
}
