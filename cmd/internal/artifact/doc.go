// Package artifact opens plugin files, WASM modules and programs, that the server is about to trust: it refuses a file
// that others could change, reads it once, and compares it with its pin and its minisign signature. What was checked is
// what is compiled or executed, because both come from the one descriptor that was opened.
//
// It does not load anything: it knows neither WASM nor processes.
//
// The main call is [Open]. [ReadKey] reads a key whose signatures count, [Sign] makes a signature.
package artifact
