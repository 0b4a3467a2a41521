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
// the deadline, and what does not burns fuel. An instance that failed in whatever way is thrown away. The memory of all
// instances behind one [Gate] is bounded too.
//
// Where the contract leaves room, this host does as follows. The levels of log are 0 debug, 1 information, 2 warning and
// 3 error. config_get and fact_get take dotted names; text comes as it is, other settings as JSON, and the empty name
// gives all settings. A buffer that is too small gets as much as fits, and the answer is the whole size; the same
// http_request again then gets the same reply without another request. A request that got no reply has status 0 and the
// reason as its body. file_read gives fuel back for what it read, once for the length of the file, so that a
// file of any size can be read within the deadline. One call keeps at most 64 values. A block answered with -5 is refused with data.rejected, any other negative answer is a failure; a state that
// is answered with a negative number is none. Without the clock, time is the question's own and moves only by sleeping.
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
