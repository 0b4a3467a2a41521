package sdk

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Bug is a panic that was caught, with the stack of where it was. It is the error of whatever the panic ended; the server
// logs the stack.
type Bug struct {
	Value any
	Stack []byte
}

// Error gives the panic without its stack.
func (b *Bug) Error() string { return fmt.Sprintf("panic: %v", b.Value) }

// Caught makes a panic the error of the function that defers it:
//
//	go func() {
//		var err error
//		defer func() { answer <- err }()
//		defer sdk.Caught(&err)
//		...
//	}()
//
// The server catches what a plugin built into it panics with in a call, but not in a goroutine that the plugin has started:
// that would end every transfer. The function must hold no lock that it has not deferred the end of.
func Caught(err *error) {
	if v := recover(); v != nil {
		*err = &Bug{Value: v, Stack: debug.Stack()}
	}
}

// AsBug finds the bug in err's chain.
func AsBug(err error) (*Bug, bool) {
	var b *Bug
	ok := errors.As(err, &b)
	return b, ok
}
