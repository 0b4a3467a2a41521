package sdk

import "embed"

// Sources are the files of this package, of wire and of guest: what a module in Go needs, tests included. "postern plugin new"
// copies them, so that an exit is built outside this repository and without the network. A program that does not use them does
// not contain them.
//
//go:embed *.go wire/*.go wire/speaker/*.go wire/store/*.go guest/*.go
var Sources embed.FS
