package line

import "embed"

// Sources are the files of this package and its transcripts: "postern plugin new" begins a protocol with them. A program that
// does not use them does not contain them.
//
//go:embed *.go testdata/*.txt
var Sources embed.FS
