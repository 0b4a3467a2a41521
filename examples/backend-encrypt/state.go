package main

import (
	"encoding/binary"

	"github.com/postern/postern/sdk"
)

// state is what is kept with a sync point: how many chunks are stored, and of the next one, sealed, as much as has come. So a point
// may lie anywhere, and nothing that is durable is ever written over.
type state struct {
	salt   []byte
	chunks int64
	below  []byte // the state of the backend below
	tail   []byte // sealed
}

const stateVersion = 1

func (s *state) append(b []byte) []byte {
	b = append(b, stateVersion)
	b = append(b, s.salt...)
	b = binary.AppendUvarint(b, uint64(s.chunks))
	b = binary.AppendUvarint(b, uint64(len(s.below)))
	b = append(b, s.below...)
	return append(b, s.tail...)
}

// readState refuses what is none.
func readState(b []byte) (s state, err error) {
	bad := sdk.Refuse(sdk.FileOpen, "the state of the transfer is not one of this backend's")
	if len(b) < 1+saltSize || b[0] != stateVersion {
		return s, bad
	}
	s.salt, b = b[1:1+saltSize], b[1+saltSize:]
	chunks, n := binary.Uvarint(b)
	if n <= 0 || chunks > 1<<40 {
		return s, bad
	}
	b = b[n:]
	below, n := binary.Uvarint(b)
	if n <= 0 || below > uint64(len(b)-n) {
		return s, bad
	}
	s.chunks, s.below, s.tail = int64(chunks), b[n:n+int(below)], b[n+int(below):]
	return s, nil
}
