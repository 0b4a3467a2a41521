package main

import (
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/sdk"
)

// protocols describes what the server speaks, by name.
func protocols() map[string]sdk.Description { return wiring.Descriptions() }
