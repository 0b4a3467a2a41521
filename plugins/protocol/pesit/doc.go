// Package pesit speaks PeSIT E, both as the server that is called and as the requester that calls.
//
// It is the conversation: which unit may come in which state, what it means to the server, what is said in return. It is not
// the encoding, which package wire beneath it knows, and it owns no socket, no clock and no file: [Protocol.Begin] makes a
// [Dialogue], which turns bytes into events (Hear) and messages into bytes (Say).
//
// The states and what each of them understands stand in state.go as a table; every other file is one noun of the protocol:
// the connection, the file, the data, the sync point, the interruption, the message.
package pesit
