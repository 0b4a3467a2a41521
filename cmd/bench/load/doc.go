// Package load is a PeSIT requester made for measuring a server: it costs so little that what is measured is the server.
//
// The data that it sends is framed once and sent from the same buffers again and again, about half a mebibyte in one write;
// what it receives is walked and dropped. It checks every answer of the server, and takes a refusal, a short transfer or
// counts that do not agree for an error, because a transfer that failed is no measurement. It is not a client for people: it
// restarts nothing, reads no file and keeps none.
//
// Begin with [Caller.Dial], then [Session.Put] and [Session.Get].
package load
