package stream

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// stateSize is the length of a marshalled SHA-256, in bytes.
const stateSize = 108

// Flags of the first byte of Position.Digest.
const (
	hasFile = 1 << iota
	hasWire
)

var errDigest = errors.New("the digests stored with the sync point are damaged")

// digests are the running digests of one transfer; nil ones are off.
type digests struct {
	file, wire hash.Hash
}

// newDigests goes on from a position. A digest that was not kept there stays off, because it could not be right.
func newDigests(from Position, file, wire bool) (digests, error) {
	var d digests
	if from.File == 0 && from.Wire == 0 {
		if file {
			d.file = sha256.New()
		}
		if wire {
			d.wire = sha256.New()
		}
		return d, nil
	}
	if len(from.Digest) == 0 {
		return d, nil
	}
	flags, rest := from.Digest[0], from.Digest[1:]
	for _, part := range []struct {
		flag byte
		want bool
		into *hash.Hash
	}{{hasFile, file, &d.file}, {hasWire, wire, &d.wire}} {
		if flags&part.flag == 0 {
			continue
		}
		if len(rest) < stateSize {
			return d, errDigest
		}
		if part.want {
			h := sha256.New()
			if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(rest[:stateSize]); err != nil {
				return d, fmt.Errorf("%w: %w", errDigest, err)
			}
			*part.into = h
		}
		rest = rest[stateSize:]
	}
	if len(rest) != 0 {
		return d, errDigest
	}
	return d, nil
}

// state gives Position.Digest.
func (d *digests) state() ([]byte, error) {
	if d.file == nil && d.wire == nil {
		return nil, nil
	}
	out := make([]byte, 1, MaxDigest)
	for _, part := range []struct {
		flag byte
		h    hash.Hash
	}{{hasFile, d.file}, {hasWire, d.wire}} {
		if part.h == nil {
			continue
		}
		out[0] |= part.flag
		var err error
		if out, err = part.h.(encoding.BinaryAppender).AppendBinary(out); err != nil {
			return nil, fmt.Errorf("keep the running digest: %w", err)
		}
	}
	return out, nil
}

func sumOf(h hash.Hash) string {
	if h == nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
