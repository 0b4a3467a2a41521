package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/postern/postern/sdk"
)

// A stored file is a header, magic and salt, and then its bytes in chunks of 32 KiB, the last one shorter. Each chunk is
// sealed with AES-256-GCM under a key of the file (HKDF of the vault's key and the salt) and a nonce of its own, which stands before
// it. Its place, and whether it is the last one, are authenticated with it: chunks that were changed, moved or cut off do
// not open. A chunk that is written again after a restart gets another nonce, so that none is used twice.
const (
	magic      = "PVAULT1\n"
	saltSize   = 32
	headerSize = int64(len(magic) + saltSize)
	keySize    = 32
	chunk      = 32 << 10 // of the file
	nonceSize  = 12
	tagSize    = 16
	overhead   = nonceSize + tagSize
	slot       = chunk + overhead // of the stored file
)

// What a sealed piece is.
const (
	inside byte = iota // a chunk with others behind it
	final              // the last chunk
	tail               // the beginning of a chunk, kept in the state
)

// sealer seals the chunks of one file.
type sealer struct {
	salt []byte
	aead cipher.AEAD
}

func newSealer(key, salt []byte) (*sealer, error) {
	own, err := hkdf.Key(sha256.New, key, salt, "postern backend-encrypt 1", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{salt, aead}, err
}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

func (s *sealer) header() []byte { return append([]byte(magic), s.salt...) }

func about(at int64, kind byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at)), kind)
}

// seal appends the chunk at a place, sealed.
func (s *sealer) seal(to, plain []byte, at int64, kind byte) []byte {
	start := len(to)
	to = append(to, make([]byte, nonceSize)...)
	nonce := to[start : start+nonceSize]
	_, _ = rand.Read(nonce) // never fails
	return s.aead.Seal(to, nonce, plain, about(at, kind))
}

// open opens a chunk where it lies.
func (s *sealer) open(sealed []byte, at int64, kind byte) ([]byte, error) {
	if len(sealed) < overhead {
		return nil, damaged("chunk %d has %d bytes", at, len(sealed))
	}
	nonce, rest := sealed[:nonceSize], sealed[nonceSize:]
	plain, err := s.aead.Open(rest[:0], nonce, rest, about(at, kind))
	if err != nil {
		return nil, damaged("chunk %d is not what was stored, or the key is another", at)
	}
	return plain, nil
}

func damaged(format string, args ...any) error {
	r := sdk.Refuse(sdk.DataIO, "%s", "the stored file is damaged: "+fmt.Sprintf(format, args...))
	r.Temporary = false
	return r
}

// place is where a chunk begins in the stored file.
func place(at int64) int64 { return headerSize + at*slot }

// stored is the size of a stored file with so many bytes.
func stored(size int64) int64 {
	return headerSize + size + max(1, (size+chunk-1)/chunk)*overhead
}

// plain is the size of a file that is stored in so many bytes; ok is false where no file is.
func plain(size int64) (n int64, ok bool) {
	body := size - headerSize
	chunks := (body + slot - 1) / slot
	n = body - chunks*overhead
	return max(n, 0), chunks > 0 && n >= 0 && stored(n) == size
}
