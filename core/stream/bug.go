package stream

import (
	"fmt"
	"runtime/debug"

	"github.com/postern/postern/sdk"
)

// Bug is told of a panic in a goroutine of a stream, with its stack.
type Bug func(value any, stack []byte)

// Caught makes a panic the failure of the function that defers it. A bug of a backend, of a filter or of ours ends one
// transfer and not the server. The function must hold no lock that it has not deferred the end of.
func (b Bug) Caught(err *error) {
	v := recover()
	if v == nil {
		return
	}
	if b != nil {
		b(v, debug.Stack())
	}
	*err = sdk.Refuse(sdk.DataIO, "a bug ended the transfer").Because(fmt.Errorf("panic: %v", v))
}
