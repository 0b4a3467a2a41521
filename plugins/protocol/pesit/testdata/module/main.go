// Command module is PeSIT as a WASM module, of the same source as the one that ships with the server.
package main

import (
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk/guest"
)

func init() { guest.ServeProtocol(pesit.Protocol{}, "1") }

func main() {} // a module is called, it does not run
