package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal appends a record with its header: a mark, the checksum of all that
// follows and of the journal's id, the length and the number.
func seal(b []byte, id ID, number uint64, record []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, headerLen)...)
	h := b[at:]
	binary.LittleEndian.PutUint32(h, mark)
	binary.LittleEndian.PutUint64(h[8:], uint64(len(record)))
	binary.LittleEndian.PutUint64(h[16:], number)
	b = append(b, record...)
	binary.LittleEndian.PutUint32(b[at+4:], sum(id, b[at+8:]))
	return b
}

func sum(id ID, b []byte) uint32 {
	return crc32.Update(crc32.Checksum(id[:], castagnoli), castagnoli, b)
}

// sealed is a record as it lies in the file.
type sealed struct {
	number uint64
	record []byte
}

// unseal reads the record that begins b, if there is a whole one.
func unseal(b []byte, id ID) (s sealed, ok bool) {
	if len(b) < headerLen || binary.LittleEndian.Uint32(b) != mark {
		return s, false
	}
	n := binary.LittleEndian.Uint64(b[8:])
	if n > uint64(len(b)-headerLen) {
		return s, false
	}
	end := headerLen + int(n)
	if sum(id, b[8:end]) != binary.LittleEndian.Uint32(b[4:]) {
		return s, false
	}
	return sealed{binary.LittleEndian.Uint64(b[16:]), b[headerLen:end]}, true
}

// next is where the record behind one of n bytes at an offset begins.
func next(at int64, n int) int64 {
	return (at + headerLen + int64(n) + align - 1) / align * align
}

// read gives the records behind taken of a whole file.
func read(path string, whole []byte, id ID, taken uint64) ([][]byte, error) {
	if len(whole) != Size || !bytes.Equal(whole[:28], first(id)[:28]) {
		return nil, &DamageError{path, "it is not the journal of this catalog, or its beginning is damaged"}
	}
	return scan(path, whole, id, taken)
}

// scan gives the records behind taken that follow each other in a file whose beginning is right.
func scan(path string, whole []byte, id ID, taken uint64) ([][]byte, error) {
	var records [][]byte
	at, number, size := int64(front), taken, int64(len(whole))
	for at < size {
		s, ok := unseal(whole[at:], id)
		if !ok || s.number != number+1 {
			break
		}
		records, number = append(records, s.record), s.number
		at = next(at, len(s.record))
	}
	// Each record was synced before the next one was written: at most the last
	// may be torn.
	for ; at < size; at += align {
		if s, ok := unseal(whole[at:], id); ok && s.number > number {
			return nil, &DamageError{path, fmt.Sprintf("record %d is damaged, and record %d behind it was committed", number+1, s.number)}
		}
	}
	return records, nil
}

// Survivors gives every whole record of a file, damaged or not, in the order of
// their numbers from taken on: what a salvage can use. The file itself says
// whose it is.
func Survivors(whole []byte, taken uint64) [][]byte {
	var id ID
	if len(whole) < front {
		return nil
	}
	copy(id[:], whole[8:])
	var records [][]byte
	newest := taken
	for at := int64(front); at < int64(len(whole)); {
		s, ok := unseal(whole[at:], id)
		if !ok {
			at += align
			continue
		}
		if s.number > newest {
			records, newest = append(records, s.record), s.number
		}
		at = next(at, len(s.record))
	}
	return records
}
