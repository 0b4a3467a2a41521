package wire

import (
	"errors"
	"fmt"
)

// ErrMore says that the bytes end before the unit does: offer them again with more behind them. Nothing was used.
var ErrMore = errors.New("pesit: more bytes needed")

// Error is a fault in received bytes, with the diagnostic to answer it with.
type Error struct {
	Diagnostic Diagnostic
	FPDU       Type   // the unit at fault where HasFPDU
	HasFPDU    bool   //
	PI         PI     // the parameter at fault, 0 when there is none
	Detail     string // what was wrong; holds no secret and no received text
}

// Error names the unit, the parameter, what was wrong and the diagnostic.
func (e *Error) Error() string {
	where := "pesit"
	if e.HasFPDU {
		where += " " + e.FPDU.String()
	}
	if e.PI != 0 {
		where += fmt.Sprintf(" PI %d", e.PI)
	}
	return fmt.Sprintf("%s: %s (%s)", where, e.Detail, e.Diagnostic)
}

func fault(d Diagnostic, format string, args ...any) *Error {
	return &Error{Diagnostic: d, Detail: fmt.Sprintf(format, args...)}
}

func faultIn(t Type, pi PI, d Diagnostic, format string, args ...any) *Error {
	return &Error{Diagnostic: d, FPDU: t, HasFPDU: true, PI: pi, Detail: fmt.Sprintf(format, args...)}
}
