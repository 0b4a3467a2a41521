package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/postern/postern/core/catalog"
)

const (
	walHeader   = 32
	frameHeader = 24
)

// checkWAL looks for damage in the middle of the write-ahead log. SQLite takes
// the first frame whose checksum is wrong for the end of the log, which is right
// for a torn last commit. Every earlier commit was synced before it was
// acknowledged, so more than one commit behind a wrong frame means that
// acknowledged commits would be lost without a word. (WAL format: "File Format
// For SQLite Databases", section 4.)
func checkWAL(path string) error {
	f, err := os.Open(path + "-wal")
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	defer f.Close()
	head := make([]byte, walHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil // empty, or torn at its very beginning: nothing was committed in it
	}
	order, ok := walOrder(head)
	if !ok {
		return headless(f, path, "the write-ahead log does not begin as one")
	}
	sum := checksum(order, [2]uint32{}, head[:24])
	if sum != [2]uint32{binary.BigEndian.Uint32(head[24:]), binary.BigEndian.Uint32(head[28:])} {
		return headless(f, path, "the header of the write-ahead log is damaged")
	}
	return scanFrames(f, path, head, order, sum)
}

// headless judges a log whose header is not good. SQLite syncs the header before it writes a frame: where nothing follows,
// the power went before that, nothing was committed in it, and zeros or rubbish may stand in its place.
func headless(f *os.File, path, what string) error {
	if st, err := f.Stat(); err == nil && st.Size() == walHeader {
		return nil
	}
	return damaged(path, what, nil)
}

func walOrder(head []byte) (binary.ByteOrder, bool) {
	switch binary.BigEndian.Uint32(head) {
	case 0x377f0682:
		return binary.LittleEndian, true
	case 0x377f0683:
		return binary.BigEndian, true
	}
	return nil, false
}

func scanFrames(f io.Reader, path string, head []byte, order binary.ByteOrder, sum [2]uint32) error {
	page := int(binary.BigEndian.Uint32(head[8:]))
	if page < 512 || page > 65536 {
		return damaged(path, "the header of the write-ahead log is damaged", nil)
	}
	frame := make([]byte, frameHeader+page)
	good, lost := true, 0
	for {
		if _, err := io.ReadFull(f, frame); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("read %s-wal: %w", path, err)
		}
		if string(frame[8:16]) != string(head[16:24]) { // the salts: left over from before a reset, or damaged
			good = false
			continue
		}
		if good {
			sum = checksum(order, checksum(order, sum, frame[:8]), frame[frameHeader:])
			good = sum == [2]uint32{binary.BigEndian.Uint32(frame[16:]), binary.BigEndian.Uint32(frame[20:])}
		}
		if !good && binary.BigEndian.Uint32(frame[4:]) != 0 {
			if lost++; lost > 1 {
				return &catalog.CorruptError{Path: path, Do: doSalvage,
					What: "the write-ahead log is damaged in the middle: commits behind the damage would be lost"}
			}
		}
	}
}

func checksum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for i := 0; i+8 <= len(b); i += 8 {
		s[0] += order.Uint32(b[i:]) + s[1]
		s[1] += order.Uint32(b[i+4:]) + s[0]
	}
	return s
}
