// Package meter rewrites a WebAssembly module so that whatever it does burns fuel, and so that it traps once the fuel is
// gone. It is how a guest is kept from running for ever: a host that stops a guest from outside either slows every loop
// of it down or misses some. The main call is [Rewrite]:
//
//	m, err := meter.Rewrite(module, meter.Limits{MaxMemoryPages: 512})
//	// compile m.Bytes, instantiate it, and before each call:
//	instance.ExportedGlobal(meter.FuelExport).(api.MutableGlobal).Set(20_000_000)
//	// after a trap: a negative global means that the tank was empty.
//
// The package is not a validator of types: it reads what it must know, refuses what it does not know, and leaves the
// rest to the runtime that compiles the result. It runs nothing and imports the standard library only.
//
// # What burns
//
// The fuel is one mutable i64 global behind all the module's own, exported as [FuelExport]; its first value is
// [Limits.StartFuel], for the start function. Each burning point subtracts from it and executes `unreachable` when the
// result is negative. Burnt are:
//
//	function entry    16, and 1 for each 32 parameters and locals
//	loop header       1 per round, and 1 for each 16 steps of the round since its last burning point
//	a long way        1 for each 16 steps, burnt at the latest every 128 steps, on whatever path
//	memory.fill, memory.copy, memory.init    8, and 1 for each 16 bytes
//	table.fill, table.copy, table.init       8, and 1 for each element
//	memory.grow       64, and 256 for each page      } a growth above the limit cannot succeed
//	table.grow        64, and 1 for each element     } and burns the 64 alone
//
// A step is one instruction. Some count for more: 8 for an access to memory, a division, a square root and an indirect
// call; 128 for ref.func, which leaves compiled code; and a branch counts one more for each 32 locals, because locals
// that differ between the two ways are moved where the ways meet. So N of fuel is spent after at most 16·N + 128 steps,
// whatever the module looks like: a body of a megabyte without a loop burns as a loop does.
//
// # What changes besides
//
// Each function gets one more local behind its own; indices of functions, globals, locals, types, tables, memories and
// segments stay what they were. The maximum of each table and memory becomes the smaller of the declared one and the
// limit. An imported table or memory keeps its type: its limit is that of the module that owns it. Instructions are
// written anew, in the shortest encoding, so that no other reader can take them for something else. Of the custom
// sections only the names of the module and of its functions are kept, for stack traces, and only if they are well
// formed: offsets into the code (debug information) would be wrong.
//
// # What is refused
//
// Anything beyond WebAssembly 2.0 (threads, exceptions, tail calls, garbage collection, several memories, 64-bit
// memories, relaxed SIMD, components and the like), by name; opcodes and sections that nobody knows; a global or a local
// that the module does not have, for it might be the one added here; an export named [FuelExport]; and counts that no
// compiler writes but that would cost the runtime memory out of proportion: more than 1,000 parameters or results,
// 50,000 locals in a function, as many locals in all as the module has bytes (and 50,000), 32 tables, 65,520 targets of
// one br_table, 50,000 types, 100,000 functions, globals, imports, exports or segments, and functions whose branches and
// locals would keep the compiler busy for more than seconds. A refusal is an [*Error].
package meter
