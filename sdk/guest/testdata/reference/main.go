// Command reference is the exit and the filter that every way of loading must be able to carry, as a module.
package main

import (
	"context"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

func init() {
	decide := exittest.Reference().Decide
	guest.Serve(sdk.Functions{Name: "reference", Version: "1", ChangesLength: true, State: true,
		Accept: decide, Identify: decide, Negotiate: decide, Resolve: decide, Authorize: decide, Open: decide, Restart: decide,
		Verify: decide, Message: decide, Interrupt: decide, Done: decide, Close: decide,
		Filter: func(ctx context.Context, q sdk.Question) (sdk.Filter, error) {
			return exittest.ReferenceFilter().OpenFilter(ctx, q)
		}})
}

func main() {}
