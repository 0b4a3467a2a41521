// Package audit keeps the audit log: one JSON line for each decision about a call, for each end of a transfer and for
// each action of an operator. Each line bears a sequence number, the hash of the line before it and its own, so that a
// line that was changed, taken away or put in is found. A file named head remembers how far the log has come, so that a
// missing end is found too.
//
// What it proves, and what not: whoever may write to the folder may write the whole chain and the head anew. A head that
// was noted elsewhere (the server's own log says it at each start, stop and new file) tells that as well.
//
// It is no place to search in: the catalog has the transfers, and the refusals. It decides nothing, unless it is asked to
// refuse while it cannot write: see [Log.Guard].
//
// The main calls are [Open], whose [Log] is an sdk.Observer, and [Verify].
package audit
