// Package columns carries the WASM exit of the demonstration: at verify it refuses a file whose first line is not
// "number,amount". It is kept as bytes, so that a machine with nothing but Go and make can show an exit at work.
package columns

import _ "embed"

//go:embed columns.wasm
var module string

// Module returns the compiled exit. Its source is columns.wat beside it.
func Module() []byte { return []byte(module) }
