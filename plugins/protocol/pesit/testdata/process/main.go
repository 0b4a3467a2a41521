// Command process is PeSIT as a process, of the same source as the one that ships with the server.
package main

import (
	"github.com/postern/postern/plugins/protocol/pesit"
	"github.com/postern/postern/sdk/process"
)

func main() { process.ServeProtocol(pesit.Protocol{}, "1") }
