package stream

import "errors"

// MaxRecord is the longest record that is kept with a length prefix, in bytes.
const MaxRecord = 16 << 20

// ErrFiltered says that a filtered transfer cannot go back: its filters would have to. Stop it restartably instead.
var ErrFiltered = errors.New("a filtered transfer cannot go back to a sync point")
