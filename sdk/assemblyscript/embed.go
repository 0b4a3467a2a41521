// Package assemblyscript carries the AssemblyScript SDK: the sources below assembly, their description, and the template of
// a new exit. The postern command copies them into an author's folder, the SDK into a folder postern of its own there.
package assemblyscript

import "embed"

// Files holds the SDK: assembly/ and README.md.
//
//go:embed assembly README.md
var Files embed.FS

// Template holds template/: what an author begins with. NAME, in names and contents, stands for the exit's name.
//
//go:embed all:template
var Template embed.FS
