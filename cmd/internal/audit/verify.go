package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Report is what a check of the log found.
type Report struct {
	OK      bool  `json:"ok"`
	Files   int   `json:"files"`
	Records int64 `json:"records"`
	// First and Last are the numbers of the first and the last record that were read in order, and Hash that of the last.
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Hash  string `json:"hash"`
	// Lost are records that the log itself says had no room.
	Lost   int64    `json:"lost"`
	Notes  []string `json:"notes"`
	Broken *Broken  `json:"broken,omitempty"`
}

// Broken is the first record that is not what was written, or not where it was.
type Broken struct {
	File string `json:"file"`
	Line int64  `json:"line"`
	What string `json:"what"`
}

// Error gives file:line and what is wrong.
func (b *Broken) Error() string { return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.What) }

// Expect is a record that the log must have: one that was noted elsewhere.
type Expect struct {
	Seq  int64
	Hash string
}

// Verify checks the whole log in a folder. A server may write to it meanwhile. What is broken is in the report; an error
// says that the log could not be read.
func Verify(ctx context.Context, dir string, expected ...Expect) (r Report, err error) {
	for range 3 {
		if r, err = verify(ctx, dir, expected); !errors.Is(err, fs.ErrNotExist) {
			break
		} // a file that was removed meanwhile, as configured
	}
	return r, err
}

func verify(ctx context.Context, dir string, expected []Expect) (Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, fmt.Errorf("open the audit log: %w", err)
	}
	defer root.Close()
	c := checker{ctx: ctx, dir: dir, expected: map[int64]string{}, whole: true}
	// The head comes first: what it names is in the files that are read after it.
	head, headed, err := readHead(root)
	if err != nil && !isDamage(err) {
		return Report{}, err
	}
	if headed {
		c.expected[head.Seq], c.head = head.Hash, head.Seq
	}
	for _, e := range expected {
		if was, ok := c.expected[e.Seq]; ok && was != e.Hash {
			return c.broken(filepath.Join(dir, headName), 1, fmt.Sprintf("says that record %d has the hash %s, and %s was expected", e.Seq, was, e.Hash))
		}
		c.expected[e.Seq] = e.Hash
	}
	names, lerr := files(root)
	if lerr != nil {
		return Report{}, lerr
	}
	for i, name := range names {
		if b, err := c.file(root, name, i == len(names)-1); b != nil || err != nil {
			return c.done(b, err)
		}
	}
	if len(names) > 0 && !headed {
		what := "is missing: whether the end of the log is whole cannot be told"
		if err != nil {
			what = err.Error()
		}
		return c.broken(filepath.Join(dir, headName), 1, what)
	}
	return c.done(c.end(), nil)
}

// VerifyFiles checks files of a log that stand somewhere else, in the order that is given: that each is whole and the
// next one follows it. Where the log began and ends is not known.
func VerifyFiles(ctx context.Context, names []string, expected ...Expect) (Report, error) {
	c := checker{ctx: ctx, expected: map[int64]string{}}
	for _, e := range expected {
		c.expected[e.Seq] = e.Hash
	}
	for _, name := range names {
		root, err := os.OpenRoot(filepath.Dir(name))
		if err != nil {
			return Report{}, fmt.Errorf("open the audit log: %w", err)
		}
		c.dir = filepath.Dir(name)
		b, err := c.file(root, filepath.Base(name), false)
		if err = errors.Join(err, root.Close()); b != nil || err != nil {
			return c.done(b, err)
		}
	}
	return c.done(c.end(), nil)
}

// checker follows the chain.
type checker struct {
	Report
	ctx      context.Context
	dir      string
	whole    bool // the log must have its beginning
	at       place
	begins   link             // the first record
	removed  map[int64]string // the last records of files that were removed as configured
	expected map[int64]string // hashes by number
	head     int64
	last     Broken // where the end is
}

func (c *checker) file(root *os.Root, name string, last bool) (*Broken, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	defer f.Close()
	c.Files++
	at := Broken{File: filepath.Join(c.dir, name)}
	bad := func(err error) (*Broken, error) { at.What = err.Error(); return &at, nil }
	for in := newLines(f); ; {
		at.Line++
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			c.last = at
			return nil, c.ctx.Err()
		case errors.Is(err, errTorn) && last:
			c.Notes = append(c.Notes, fmt.Sprintf("%s:%d: is being written, or was cut by a crash", at.File, at.Line))
			c.last = at
			return nil, nil
		case errors.Is(err, errTorn), errors.Is(err, errLong):
			return bad(err)
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", at.File, err)
		}
		l, err := unseal(line)
		if err == nil {
			err = c.record(l, name, at.Line)
		}
		if err != nil {
			return bad(err)
		}
	}
}

// record takes the next record of the chain.
func (c *checker) record(l link, name string, line int64) error {
	first := c.begins.Seq == 0
	switch {
	case first:
		c.begins, c.First = l, l.Seq
	default:
		if err := l.follows(c.at); err != nil {
			return err
		}
	}
	if n := firstOf(name); line == 1 && n > 0 && n != l.Seq {
		return fmt.Errorf("is record %d, and the file's name says %d", l.Seq, n)
	}
	if hash, ok := c.expected[l.Seq]; ok && hash != l.Hash {
		return fmt.Errorf("record %d is not the one that was written: its hash was %s", l.Seq, hash)
	}
	delete(c.expected, l.Seq)
	switch l.Event {
	case LogRemoved:
		if c.removed == nil {
			c.removed = map[int64]string{}
		}
		c.removed[l.LastSeq] = l.LastHash
	case LogLost:
		c.Lost += l.Count
	case LogTorn, LogDamaged, LogUnsynced:
		c.Notes = append(c.Notes, fmt.Sprintf("%s:%d: %s", filepath.Join(c.dir, name), line, l.Event))
	}
	c.at, c.Last, c.Hash = l.place, l.Seq, l.Hash
	c.Records++
	return nil
}

// end looks at what the beginning and the end should be.
func (c *checker) end() *Broken {
	for seq, hash := range c.expected {
		switch {
		case seq > c.Last:
			c.last.What = fmt.Sprintf("the log ends with record %d, and record %d had been written", c.Last, seq)
			return &c.last
		case seq < c.First && c.removed[seq] != hash:
			c.Notes = append(c.Notes, fmt.Sprintf("record %d is older than what there is", seq))
		}
	}
	if !c.whole || c.First == 0 {
		return nil
	}
	begin := Broken{File: filepath.Join(c.dir, nameOf(c.First)), Line: 1}
	switch {
	case c.First == 1 && c.begins.Prev != nothing:
		begin.What = "is the first record, and says that it follows another"
	case c.First > 1 && c.removed[c.First-1] != c.begins.Prev:
		begin.What = fmt.Sprintf("is record %d, and the log does not say that those before it were removed", c.First)
	case c.First > 1:
		c.Notes = append(c.Notes, fmt.Sprintf("records 1 to %d were removed, as audit.keep says", c.First-1))
		return nil
	default:
		return nil
	}
	return &begin
}

func (c *checker) broken(file string, line int64, what string) (Report, error) {
	return c.done(&Broken{File: file, Line: line, What: what}, nil)
}

func (c *checker) done(b *Broken, err error) (Report, error) {
	c.Broken, c.OK = b, b == nil && err == nil
	c.Notes = append([]string{}, c.Notes...)
	return c.Report, err
}
