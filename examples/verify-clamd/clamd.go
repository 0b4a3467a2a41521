package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	chunk    = 64 << 10 // bytes that are sent to clamd at once
	maxReply = 4 << 10
)

// instream speaks clamd's INSTREAM: the command, chunks that begin with their length in four bytes, a chunk without bytes, and
// then its one answer.
func instream(c io.ReadWriter, file io.Reader, size int64) (found string, err error) {
	sending := send(c, file, size)
	var cut *cutOff
	if sending != nil && !errors.As(sending, &cut) {
		return "", sending // the file is at fault, and clamd waits for the rest of it
	}
	// Clamd answers and hangs up in the middle when it has seen enough: its answer says more than the broken pipe.
	reply, err := bufio.NewReader(io.LimitReader(c, maxReply)).ReadString(0)
	if err != nil {
		return "", errors.Join(sending, fmt.Errorf("read its answer: %w", err))
	}
	found, err = judge(strings.TrimSuffix(reply, "\x00"))
	if err == nil && found == "" && sending != nil {
		err = sending // it cannot have seen the whole file
	}
	return found, err
}

// cutOff says that clamd does not listen any more.
type cutOff struct{ cause error }

func (e *cutOff) Error() string { return "send the file: " + e.cause.Error() }
func (e *cutOff) Unwrap() error { return e.cause }

func send(w io.Writer, file io.Reader, size int64) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return &cutOff{err}
	}
	b := make([]byte, 4+chunk)
	sent := int64(0)
	for {
		n, err := io.ReadFull(file, b[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return fmt.Errorf("read the file: %w", err)
		}
		if sent += int64(n); n > 0 {
			binary.BigEndian.PutUint32(b, uint32(n))
			if _, err := w.Write(b[:4+n]); err != nil {
				return &cutOff{err}
			}
		}
		if err != nil {
			break
		}
	}
	if sent != size {
		return fmt.Errorf("the file has %d bytes, %d could be read", size, sent)
	}
	if _, err := w.Write(make([]byte, 4)); err != nil {
		return &cutOff{err}
	}
	return nil
}

// judge reads an answer: "stream: OK", "stream: NAME FOUND", "… ERROR".
func judge(reply string) (found string, err error) {
	if reply == "stream: OK" {
		return "", nil
	}
	name, isFound := strings.CutSuffix(reply, " FOUND")
	if name, isStream := strings.CutPrefix(name, "stream: "); isFound && isStream && name != "" {
		return name, nil
	}
	return "", fmt.Errorf("it answered %q", reply)
}
