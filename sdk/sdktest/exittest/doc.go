// Package exittest holds every exit to its contract, however it is loaded: built in, as a Go function, from a sandbox
// or from another process.
//
// [Contract] asks any exit at every point and checks what must hold of its answers. [Run] checks a way of loading: it
// asks an exit that behaves like [Reference] the same questions as all other ways and expects the same verdicts.
//
// It is not for what a particular exit should decide: its own tests say that.
package exittest
