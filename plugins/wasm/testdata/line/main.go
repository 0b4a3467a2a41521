// Command line is the line protocol as a module.
package main

import (
	"github.com/postern/postern/sdk/guest"
	"github.com/postern/postern/sdk/sdktest/line"
)

func init() { guest.ServeProtocol(line.New(), "1") }

func main() {} // a module is called, it does not run
