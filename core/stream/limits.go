package stream

import "errors"

const (
	// MaxRecord is the longest record that is kept with a length prefix, in bytes.
	MaxRecord = 16 << 20

	goodWrite  = 512 << 10 // a batch is written once it has that many bytes
	shortWrite = 128 << 10 // the same while the pool is short
	goodRead   = 512 << 10 // stored bytes of one chunk read ahead
	readyRead  = 256 << 10 // and of one that the loop reads itself
	smallSpan  = 1 << 10   // shorter spans are copied together instead of being written one by one
	maxSpans   = 512       // slices of one batch
	inFlight   = 4 << 20   // bytes of one transfer waiting to be written
	inShort    = 256 << 10 // the same while the pool is short
	readAhead  = 2         // chunks waiting for the loop
	keptMarks  = 64        // acknowledged points a rewind may still go to
	maxMarks   = 1024      // points waiting for their bytes to be durable
	keptStates = 16        // of them that bear the state of filters: the newest
)

// ErrFiltered says that a filtered transfer cannot go back: its filters would have to. Stop it restartably instead.
var ErrFiltered = errors.New("a filtered transfer cannot go back to a sync point")

// ErrClosed says that a receiver was closed or stopped before.
var ErrClosed = errors.New("the transfer was closed")
