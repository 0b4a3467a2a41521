// Package wasm loads an exit from a WebAssembly module and asks it in a sandbox. The main call is [Load]:
//
//	exit, err := wasm.Load(ctx, wasm.Settings{Name: "vet", Module: bytes, Points: points, Gate: gate})
//	verdict, err := exit.Decide(ctx, question)
//
// An [Exit] is an [sdk.Exit] and, where the module filters, an [sdk.FilterOpener]. The package reads no configuration
// and no files of its own accord, knows nothing of chains, and keeps no state between two exits but the [Gate].
//
// # Kinds
//
// A reactor exports postern_abi; it is instantiated once and called many times, with its messages in protobuf
// (postern_call) or JSON (postern_call_json). A command exports _start alone; each decision runs a fresh instance, with
// JSON on its standard input and output.
//
// # What a module may do
//
// Nothing that [Grants] does not name. Each call has an amount of fuel (package meter), a deadline that is checked
// whenever the module calls the host, and a memory limit. The three together end any call: what needs the host meets
// the deadline, and what does not burns fuel. An instance that failed in whatever way is thrown away.
//
// # Waiting
//
// A module's code cannot be interrupted, so that the collector and the network wait for it. The [Gate] lets fewer
// modules run at once than there are processors. A call waits for an instance, then for the gate, each no longer than
// [Limits.Wait]; the time waited is not charged to the module's deadline. While the host works for the module (checks
// a password, talks HTTP, reads a file, sleeps) the gate is free for others.
//
// # Failures
//
// Every error of a call is a [*Failure], which names the exit, the point and what happened. Refusals are not errors.
// After repeated failures an exit answers at once with a failure, for a while: [ErrOpen].
package wasm
