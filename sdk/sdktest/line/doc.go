// Package line is a readable protocol: lines of words that a person can type into nc, and raw bytes where a file's data
// flows. It exists to test the core without a real protocol, and to be copied by authors of new ones. It is not for
// production: nothing in it is encrypted and nobody else speaks it.
//
// [New] gives the protocol. Its dialogue is written in parts that a new protocol can keep:
//
//   - state.go: the states and, as one table, who may say which verb in which state;
//   - hear.go and payload.go: bytes to events; read.go: what each verb's words mean;
//   - say.go and data.go: messages to bytes; write.go: the words of each verb;
//     request.go, grant.go, reply.go and refusal.go have both, for the verbs with many words;
//   - points.go: counts, sync points, window and the state kept with a point;
//   - fields.go, attributes.go and terms.go: the words of one line, both ways.
package line
