//go:build !wasip1

package guest

import "github.com/postern/postern/sdk"

// ServeBackend makes the storage the backend of the module. It is called once, from init. In a program that is no module
// it does nothing, so that a backend can be tested where its init runs too.
func ServeBackend(sdk.Storage) {}
