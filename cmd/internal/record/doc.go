// Package record keeps what the exits of a running server were asked and what they answered, one JSON file for each
// decision, so that the author of an exit can ask another version the same. Secrets are masked before anything is
// written.
//
// A recording never holds a transfer up: what does not fit into the queue, or on the disk, is dropped and counted. It is
// not the audit, nor the catalog's list of decisions.
//
// The main calls are [Open] and [Recorder.Exit]; [Parse] reads a file again.
package record
