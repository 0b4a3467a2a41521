// Package csdk carries the C SDK: one header, its description, and the template of a new exit. The postern command copies
// them into an author's folder.
package csdk

import "embed"

// Files holds postern.h, README.md and template/.
//
//go:embed postern.h README.md all:template
var Files embed.FS
