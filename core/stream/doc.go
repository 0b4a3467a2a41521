// Package stream moves a file's bytes between a dialogue's loop and a backend: a [Receiver] writes what a peer sends, a
// [Sender] reads ahead what a peer is sent. Both keep sync points, digests, record framing and filters, so that a
// restart from any point gives the same bytes and the same digest without reading the file again.
//
// It knows no protocol, no catalog and no phase: points are numbers, their state is opaque, and what makes them durable
// in the catalog is a function of the caller.
//
// The main calls are [NewReceiver] and [NewSender]. Their methods belong to one goroutine, the session's loop, and never
// wait for a disk; goroutines of their own do, and Close waits for these.
//
// # What a saved point promises
//
// A mark is given to Save only after Writer.Sync covered its bytes, whatever the durability, so a restart may trust every
// mark in the catalog. With durability sync each acknowledged point was synced and saved before. With close and none,
// points are acknowledged as soon as they are written and nothing is synced or saved while data flows: when the transfer
// stops early, Stop syncs once and saves the highest point written; after a crash the catalog knows no point and the
// transfer begins at byte 0 again.
//
// # Where filters stand
//
// Filters see the stored form of the file: after delimiters and prefixes were added on receive, before records are cut
// on send. Wire offsets count payload, file offsets stored bytes. What comes is gathered in the filters' own memory, and
// what they give is written from where it is. At each sync point they are flushed, so that the point is exact on both
// sides; a sender notes where its filters can go on about once a chunk, and a point bears the last such place before it.
package stream
