package process

import (
	"errors"
	"io"
	"math"
	"os"
	"sync"

	"github.com/hashicorp/go-plugin"

	"github.com/postern/postern/sdk"
)

// File reads the file of a question once, from beginning to end: at verify what was received, at open what is sent; nil
// if the exit does not see it. In an exit that is loaded in another way it reads Content from the beginning.
func File(q sdk.Question) io.Reader {
	var file io.ReaderAt
	switch f := q.Facts; {
	case f == nil:
	case f.File != nil:
		file = f.File.Content
	case f.Target != nil:
		file = f.Target.Content
	}
	if file == nil {
		return nil
	}
	if c, ok := file.(*content); ok {
		return c
	}
	return io.NewSectionReader(file, 0, math.MaxInt64)
}

var errBothWays = errors.New("the file is read either as a stream or by offset, not both ways")

// inMemory is how much of a file that is read by offset is kept in memory, in bytes.
const inMemory = 1 << 20

// content is a file that comes as a stream of blocks. It is an io.Reader, or else an io.ReaderAt that keeps what came.
type content struct {
	next func() ([]byte, error)

	mu       sync.Mutex
	rest     []byte // of the last block, not yet taken
	err      error  // of the stream, io.EOF at its end
	streamed bool
	kept     bool
	memory   []byte
	spill    *os.File // what has come, once it is more than memory holds
	size     int64    // of what is kept
}

func newContent(next func() ([]byte, error)) *content { return &content{next: next} }

// shown waits for the first block and says whether there is one.
func (c *content) shown() (bool, error) {
	c.fetch()
	if c.err == nil || errors.Is(c.err, io.EOF) {
		return c.err == nil, nil
	}
	return false, c.err
}

// fetch makes rest hold something, or sets err.
func (c *content) fetch() {
	for len(c.rest) == 0 && c.err == nil {
		c.rest, c.err = c.next()
	}
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept {
		return 0, errBothWays
	}
	c.streamed = true
	if len(p) == 0 {
		return 0, nil
	}
	c.fetch()
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// ReadAt implements io.ReaderAt.
func (c *content) ReadAt(p []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.streamed:
		return 0, errBothWays
	case off < 0:
		return 0, errors.New("an offset is not negative")
	}
	c.kept = true
	end := off + int64(len(p))
	if end < off {
		end = math.MaxInt64
	}
	for c.size < end {
		if c.fetch(); len(c.rest) == 0 {
			break
		}
		if err := c.keep(c.rest); err != nil {
			return 0, err
		}
		c.rest = nil
	}
	if off >= c.size {
		return 0, c.err
	}
	n := int(min(int64(len(p)), c.size-off))
	if err := c.load(p[:n], off); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, c.err
	}
	return n, nil
}

func (c *content) keep(b []byte) (err error) {
	if c.spill == nil && c.size+int64(len(b)) <= inMemory {
		c.memory = append(c.memory, b...)
		c.size += int64(len(b))
		return nil
	}
	if c.spill == nil {
		if c.spill, err = nameless(); err != nil {
			return err
		}
		if _, err = c.spill.WriteAt(c.memory, 0); err != nil {
			return err
		}
		c.memory = nil
	}
	if _, err = c.spill.WriteAt(b, c.size); err != nil {
		return err
	}
	c.size += int64(len(b))
	return nil
}

func (c *content) load(p []byte, off int64) error {
	if c.spill == nil {
		copy(p, c.memory[off:])
		return nil
	}
	_, err := c.spill.ReadAt(p, off)
	return err
}

// nameless makes a temporary file in the folder that the server has made for this process: it can be written even in a
// sandbox. Where a file in use keeps its name, the folder goes with the process.
func nameless() (*os.File, error) {
	f, err := os.CreateTemp(os.Getenv(plugin.EnvUnixSocketDir), "file")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	return f, nil
}

func (c *content) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest, c.err = nil, os.ErrClosed
	if c.spill != nil {
		_ = c.spill.Close() // a temporary file
	}
}
