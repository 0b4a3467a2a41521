// Command protocol-lines-go is the line protocol as a process: a listener names it as its protocol, and a partner talks to it
// with nc. Its dialogue is package line (sdk/sdktest/line), which is written to be copied.
package main

import (
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/line"
)

func main() { process.ServeProtocol(line.New(), "1") }
