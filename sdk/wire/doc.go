// Package wire turns what exits are asked and what they answer into the bytes of the contract (sdk/contract) and back:
// protobuf, without a library and without a message object between. The server's side of a sandbox, a Go guest and both
// ends of a process use it, so that there is one translation between the contract and the values of package sdk.
//
//	head := wire.AppendQuestion(nil, &q, wire.Shown{})   // an IdentifyRequest, when q.Point is identify
//	verdict, err := wire.ParseVerdict(q.Point, reply)    // of an IdentifyReply
//
// It is not for JSON (sdk/jsonwire), and not for the file's bytes, which never travel inside a message.
//
// Appending allocates nothing beyond the buffer, but for maps of two keys and more, which are sorted. Parsing takes a string and
// what it returns are parts of it. A reader skips fields it does not know, except among the changes of a reply: a change that
// nobody makes is an error. Text that is not UTF-8 is written with U+FFFD in place of what is wrong, and refused when read.
package wire

//go:generate go run ./generate
