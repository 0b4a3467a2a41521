// Package rust carries the Rust SDK: two source files, the manifest for cargo, their description, and the template of a new
// exit. The postern command copies them into an author's folder.
package rust

import "embed"

// Files holds postern.rs, messages.rs, lib.rs, Cargo.toml, README.md and template/.
//
//go:embed postern.rs messages.rs lib.rs Cargo.toml README.md all:template
var Files embed.FS
