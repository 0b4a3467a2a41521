// Package store takes an [sdk.Backend] over a line that carries the contract's calls, and gives it back at the other end:
//
//	reply := store.NewServer(backend).Answer(method, &call, body)   // where the backend is
//	backend := store.New("vault", abilities, line)                  // where it is used
//
// Both loaders, both SDKs and a module's way to the backend below it use it. It trusts nothing that comes over the line:
// a path that could not be, a size below zero, more bytes than were asked for, or more durable bytes than were written
// are failures of the backend, which the caller gets as data.io.
//
// It is not for what the messages look like (package wire) nor for how they travel: that is a [Line].
package store
