package meter

import (
	"errors"
	"fmt"
	"strings"
)

// Why a module is refused; test an [*Error] against them with errors.Is.
var (
	// ErrMalformed: the bytes are no WebAssembly module.
	ErrMalformed = errors.New("malformed")
	// ErrUnsupported: the module uses something beyond WebAssembly 2.0; [Error.Feature] names it.
	ErrUnsupported = errors.New("not supported")
	// ErrLimit: the module asks for more than [Limits], or than any honest module does.
	ErrLimit = errors.New("above the limit")
	// ErrReserved: the module exports [FuelExport] itself.
	ErrReserved = errors.New("reserved name")
)

// Error is one refusal: what is wrong, where, and what the author of the module can do.
type Error struct {
	Kind    error   // ErrMalformed, ErrUnsupported, ErrLimit or ErrReserved
	Feature Feature // the feature, of ErrUnsupported
	Section string  // "code", "table" …; "header" and "module" for what stands in no section
	Func    int     // index of the function, imported ones counted first; −1 outside the code section
	Offset  int     // in bytes from the start of the module
	What    string  // what was found
	Fix     string  // what to do; may be empty
}

// Error says all of it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wasm module refused (%v): %s section", e.Kind, e.Section)
	if e.Func >= 0 {
		fmt.Fprintf(&b, ", function %d", e.Func)
	}
	fmt.Fprintf(&b, ", byte %d: %s", e.Offset, e.What)
	if e.Fix != "" {
		fmt.Fprintf(&b, "; %s", e.Fix)
	}
	return b.String()
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }
