// Package assemblyscript carries the AssemblyScript SDK: the sources below assembly, their description, and the template of
// a new exit. The postern command copies them into an author's folder, the SDK into a folder postern of its own there.
package assemblyscript

import "embed"

// Files holds assembly/, README.md and template/.
//
//go:embed assembly README.md all:template
var Files embed.FS
