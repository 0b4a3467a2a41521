package main

import (
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk"
)

// protocols describes what the server speaks, by name.
func protocols() map[string]sdk.Description {
	return map[string]sdk.Description{pesit.Name: pesit.Protocol{}.Describe()}
}
