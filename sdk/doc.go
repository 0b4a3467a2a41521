// Package sdk is what a plugin author imports: the five phases, the exit points, the facts an exit sees, the verdicts
// it gives, the closed list of refusal codes, and the three contracts of the server.
//
//   - An [Exit] decides. It is asked a [Question] at an exit [Point] and answers with a [Verdict].
//   - A [Protocol] translates. Its [Dialogue] turns bytes into events and messages into bytes; it owns no socket.
//   - A [Backend] stores. Its [Writer] and [Reader] hold the bytes of one file.
//
// It is not for the server's own bookkeeping: the catalog, the limits and the walk through the phases live in core.
// It imports the standard library only, so that a plugin links nothing else.
package sdk
