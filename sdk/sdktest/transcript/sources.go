package transcript

import "embed"

// Sources are the files of this package: "postern plugin new" copies them, so that the author of a protocol has them without the
// network. A program that does not use them does not contain them.
//
//go:embed *.go
var Sources embed.FS
