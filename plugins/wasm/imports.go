package wasm

import (
	"context"
	"errors"
	"io"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/wire"
)

// hostTable is the contract's own functions.
var hostTable = []hostFunc{
	{hostModule, "log", "iii", logMessage},
	{hostModule, "config_get", "iiii:i", configGet},
	{hostModule, "fact_get", "iiii:i", factGet},
	{hostModule, "now_ms", ":I", nowMS},
	{hostModule, "file_size", ":I", fileSize},
	{hostModule, "file_read", "Iii:i", fileRead},
	{hostModule, "verify_password", "iii:i", verifyPassword},
	{hostModule, "http_request", "iiii:i", httpRequest},
	{hostModule, "kv_get", "iiii:i", kvGet},
	{hostModule, "kv_put", "iiii:i", kvPut},
	{hostModule, "lower", "iiiiiii:i", lower},
}

func logMessage(t *task, s []uint64) {
	b, ok := t.bytes(s[1], min(uint64(uint32(s[2])), logLine+1))
	if !ok {
		return
	}
	t.burnBytes(len(b))
	t.say(levelOf(s[0]), string(b))
}

// configGet gives a value of the exit's settings by its dotted name: text as it is, anything else as JSON; the whole
// object for the empty name.
func configGet(t *task, s []uint64) {
	key, ok := t.key(s)
	if !ok {
		answer(s, answerArgument)
		return
	}
	value, ok := t.exit.config.get(key)
	t.giveIf(s, value, ok)
}

// factFuel is burnt for looking through all facts.
const factFuel = 2048

// factGet gives a fact of the question by its dotted name.
func factGet(t *task, s []uint64) {
	key, ok := t.key(s)
	if !ok {
		answer(s, answerArgument)
		return
	}
	if t.q.Facts == nil {
		answer(s, answerMissing)
		return
	}
	t.burn(factFuel)
	value, ok := wire.Fact(&t.q, t.exit.shown, key)
	t.burnBytes(len(value)) // it was written down, whatever fits
	t.giveIf(s, []byte(value), ok)
}

// maxKey is the longest name that a value may have, in bytes.
const maxKey = 256

// key reads the name in the first two parameters.
func (t *task) key(s []uint64) (string, bool) {
	if uint32(s[1]) > maxKey {
		return "", false
	}
	b, ok := t.bytes(s[0], s[1])
	return string(b), ok
}

// giveIf gives a value into the buffer of the last two parameters.
func (t *task) giveIf(s []uint64, value []byte, ok bool) {
	if !ok {
		answer(s, answerMissing)
		return
	}
	t.give(s, s[2], s[3], value)
}

// nowMS is the question's own time, in milliseconds since 1970: a decision that is replayed sees the same.
func nowMS(t *task, s []uint64) {
	if t.q.Facts != nil {
		s[0] = uint64(t.q.Facts.Time.UnixMilli())
		return
	}
	s[0] = uint64(t.clock.UnixMilli())
}

// maxFileRead is the most that one call reads of a file.
const maxFileRead = 256 << 10

// file finds the transfer's file: what is sent at open, what was received at verify.
func (t *task) file() (r io.ReaderAt, size int64) {
	f := t.q.Facts
	switch {
	case f == nil:
	case t.q.Point == sdk.PointVerify && f.File != nil:
		return f.File.Content, f.File.Bytes
	case t.q.Point == sdk.PointOpen && f.Target != nil:
		return f.Target.Content, f.Target.Size
	}
	return nil, 0
}

func fileSize(t *task, s []uint64) {
	r, size := t.file()
	switch {
	case !t.exit.grants.File:
		size = answerNotGranted
	case r == nil:
		size = answerMissing
	}
	s[0] = uint64(size)
}

// fileRead answers with the bytes read, 0 at the end of the file.
func fileRead(t *task, s []uint64) {
	r, whole := t.file()
	off, size := int64(s[0]), uint64(min(uint32(s[2]), maxFileRead))
	out, ok := t.bytes(s[1], size)
	switch {
	case !t.exit.grants.File:
		answer(s, answerNotGranted)
		return
	case r == nil:
		answer(s, answerMissing)
		return
	case !ok || off < 0:
		answer(s, answerArgument)
		return
	}
	t.burnBytes(len(out))
	var n int
	var err error
	t.outside(func(context.Context) { n, err = r.ReadAt(out, off) })
	if err != nil && !errors.Is(err, io.EOF) {
		panic(stopped(ErrTrap, "the file could not be read: %v", err))
	}
	if t.taken += int64(n); t.taken <= whole { // who reads it twice pays for that
		t.refuel(n)
	}
	answer(s, int32(n))
}

func kvGet(t *task, s []uint64) {
	if !t.exit.grants.Store {
		answer(s, answerNotGranted)
		return
	}
	key, ok := t.key(s)
	if !ok || key == "" {
		answer(s, answerArgument)
		return
	}
	value, ok := t.exit.store.Get(key)
	t.giveIf(s, value, ok)
}

// maxPuts is how many values one call keeps: each may be a write of the whole store that waits for the disk.
const maxPuts = 64

// kvPut answers with the size that it kept. An empty value takes the key away.
func kvPut(t *task, s []uint64) {
	if !t.exit.grants.Store {
		answer(s, answerNotGranted)
		return
	}
	key, ok := t.key(s)
	value, readable := t.bytes(s[2], s[3])
	if t.puts++; !ok || key == "" || !readable || len(value) > maxStore || t.puts > maxPuts {
		answer(s, answerArgument)
		return
	}
	t.burnBytes(len(value))
	kept := append([]byte(nil), value...)
	var err error
	t.outside(func(context.Context) { err = t.exit.store.Put(key, kept) })
	if err != nil {
		answer(s, answerArgument)
		return
	}
	answer(s, int32(len(kept)))
}
