// Package toolchain builds guests in C, Rust, AssemblyScript, WAT and Go for tests. It finds the compilers where
// scripts/toolchain puts them, skips a test by the name of what is missing, and keeps what it has built, so that only a
// change of the sources costs a build; programs of Go likewise. It is not for building what is shipped: that is what a
// Makefile is for.
//
// A test says what it needs, then builds:
//
//	toolchain.Need(t, "c")
//	dir := toolchain.Make(t, "testdata/reference")
//	module, err := os.ReadFile(filepath.Join(dir, "reference.wasm"))
package toolchain
