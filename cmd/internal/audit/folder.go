package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The log is files named by the number of their first record; they are only ever appended to. Head is beside them.
const (
	filePrefix = "audit-"
	fileSuffix = ".jsonl"
	headName   = "head"
)

func nameOf(first int64) string { return fmt.Sprintf("%s%012d%s", filePrefix, first, fileSuffix) }

// firstOf is the number that a file's name says; 0: it is none of ours.
func firstOf(name string) int64 {
	digits, ok := strings.CutPrefix(name, filePrefix)
	digits, is := strings.CutSuffix(digits, fileSuffix)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !is || err != nil || n < 1 || name != nameOf(n) {
		return 0
	}
	return n
}

// files lists the log's files in their order.
func files(root *os.Root) ([]string, error) {
	all, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", err)
	}
	var out []string
	for _, e := range all {
		if firstOf(e.Name()) > 0 {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(a, b string) int { return int(min(max(firstOf(a)-firstOf(b), -1), 1)) })
	return out, nil
}

// readHead reads how far the log had come; ok is false where there is no head.
func readHead(root *os.Root) (p place, ok bool, err error) {
	b, err := root.ReadFile(headName)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err == nil && (p.Seq < 1 || len(p.Hash) != len(nothing)) {
		err = errors.New("it names no record")
	}
	if err != nil {
		return place{}, false, fmt.Errorf("read the head of the audit log: %w", err)
	}
	return p, true, nil
}

// writeHead replaces the head. It is durable before it has its name: a crash leaves the old one or this one.
func writeHead(root *os.Root, p place) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	const next = headName + ".new"
	f, err := root.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return root.Rename(next, headName)
}

// tail is the end of a file.
type tail struct {
	size  int64 // of the whole lines
	torn  []byte
	last  link // the last record whose own hash is right; zero: there is none
	wrong bool // the last whole line is not that
}

// tailLen is how much of a file's end is looked at: more than the longest line.
const tailLen = 1 << 20

func readTail(f *os.File) (t tail, err error) {
	info, err := f.Stat()
	if err != nil {
		return t, err
	}
	from := max(info.Size()-tailLen, 0)
	b, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return t, err
	}
	end := bytes.LastIndexByte(b, '\n') + 1
	t.size, t.torn = from+int64(end), b[end:]
	for rest := b[:end]; len(rest) > 0; {
		rest = rest[:len(rest)-1]
		at := bytes.LastIndexByte(rest, '\n') + 1
		if l, err := unseal(rest[at:]); err == nil {
			t.last = l
			return t, nil
		}
		t.wrong = true
		rest = rest[:at]
	}
	return t, nil
}

// firstLink reads the first record of a file.
func firstLink(root *os.Root, name string) (link, error) {
	f, err := root.Open(name)
	if err != nil {
		return link{}, err
	}
	defer f.Close()
	line, err := newLines(f).next()
	if err != nil {
		return link{}, err
	}
	return unseal(line)
}

func syncFolder(root *os.Root) error {
	d, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
