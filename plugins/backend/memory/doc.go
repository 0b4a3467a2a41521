// Package memory stores files in memory, for tests and for a demonstration. It keeps every duty of sdk.Backend, and it
// can be told to fail: see Faults. Restart and PowerCut give what a new server would find.
//
// It is not for files that matter: they are gone when the process ends.
//
// The main call is New.
package memory
