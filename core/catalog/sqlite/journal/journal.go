// Package journal keeps what was committed in a file of fixed length until its
// owner has it elsewhere: a commit costs one write into blocks that are
// allocated already and one flush, where a database would write and flush each
// page that it touches.
//
// Records lie one behind the other and are numbered. When the owner has all of
// them in its database it begins again at the front (Restart), over the old
// ones; the database says how far it has come, so that nothing is applied twice
// and nothing is missed. A record that was not synced may be torn: it is the
// last one and was not acknowledged. Damage before a later record is an error,
// because that one was acknowledged.
//
// The main call is Append; after a crash Open gives back what it has made
// durable. One goroutine at a time may use a Journal.
package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// Size is the length of the file in bytes.
const Size = 1 << 20

const (
	front     = 512 // the first sector says whose journal it is
	headerLen = 24
	align     = 64 // records begin at multiples of it
	magic     = "PSTNJRN1"
	mark      = 0x7273746e
)

// ErrFull: the record does not fit behind the others. Nothing was written.
var ErrFull = errors.New("the journal has no room left")

// DamageError says that records are lost which were durable once, or that the
// file is not the journal that belongs here.
type DamageError struct {
	Path string
	What string
}

func (e *DamageError) Error() string { return "journal " + e.Path + ": " + e.What }

// ID tells the journals of one place from those of another: it is in every
// checksum.
type ID [16]byte

// Journal is an open journal.
type Journal struct {
	f    *os.File
	path string
	id   ID
	at   int64  // where the next record goes
	last uint64 // number of the newest record
	buf  []byte
	sync func(*os.File) error
}

// Create makes an empty journal at path, durably and with mode 0600, in the
// place of one that may be there.
func Create(path string, id ID) (err error) {
	name := path + ".new"
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the journal: %w", err)
	}
	// Its blocks are allocated as they are first written to: in the first lap a
	// flush moves metadata, in those that follow it does not.
	_, err = f.Write(first(id))
	if err == nil {
		err = f.Truncate(Size)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("create the journal: %w", errors.Join(err, os.Remove(name)))
	}
	if err := os.Rename(name, path); err != nil {
		return fmt.Errorf("create the journal: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func first(id ID) []byte {
	b := make([]byte, front)
	copy(b, magic)
	copy(b[8:], id[:])
	binary.LittleEndian.PutUint32(b[24:], crc32.Checksum(b[:24], castagnoli))
	return b
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// Open opens the journal that id names and gives the records behind the one
// with the number taken, oldest first. The caller takes them over and calls
// Restart before it appends. A *DamageError: a record that was durable is lost,
// or this is another journal. fs.ErrNotExist: there is none.
func Open(path string, id ID, taken uint64) (*Journal, [][]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	whole, err := io.ReadAll(io.LimitReader(f, Size))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the journal: %w", err), f.Close())
	}
	records, err := read(path, whole, id, taken)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return &Journal{f: f, path: path, id: id, at: Size, last: taken + uint64(len(records)), sync: datasync}, records, nil
}

// Append makes a record durable: it is synced when this returns. ErrFull, or an
// error of a write that found no space (ENOSPC or EDQUOT): nothing has happened,
// and the next record goes to the same place. After another error, of which a
// failed sync is always one, nothing may be acknowledged on top of this journal
// any more.
func (j *Journal) Append(record []byte) error {
	if !j.Fits(len(record)) {
		return ErrFull
	}
	j.buf = seal(j.buf[:0], j.id, j.last+1, record)
	if _, err := j.f.WriteAt(j.buf, j.at); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := j.sync(j.f); err != nil {
		// Not wrapped: even where it says that there is no space, the record may be
		// on the disk, and it would count after a crash.
		return fmt.Errorf("sync the journal: %v", err)
	}
	j.at, j.last = next(j.at, len(record)), j.last+1
	return nil
}

// Fits says whether a record of n bytes has room behind the others.
func (j *Journal) Fits(n int) bool { return j.at+headerLen+int64(n) <= Size }

// Used is how much of the file the records since the front take, in bytes.
func (j *Journal) Used() int64 { return j.at - front }

// Last is the number of the newest record.
func (j *Journal) Last() uint64 { return j.last }

// Restart begins at the front again: everything up to Last is durable elsewhere.
func (j *Journal) Restart() { j.at = front }

// Close closes the file.
func (j *Journal) Close() error { return j.f.Close() }
