package process

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/postern/postern/sdk"
)

// inBlocks gives a file block by block.
func inBlocks(b []byte, size int) *content {
	return newContent(func() ([]byte, error) {
		if len(b) == 0 {
			return nil, io.EOF
		}
		n := min(size, len(b))
		out := bytes.Clone(b[:n])
		b = b[n:]
		return out, nil
	})
}

func TestAFileIsReadOnceOrByOffset(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{0, 1, 1000, 3 << 20} { // the last is more than memory holds
		file := bytes.Repeat([]byte("x1"), size)[:size]
		c := inBlocks(file, 64<<10)
		if size < 1<<20 {
			if err := iotest.TestReader(struct{ io.Reader }{inBlocks(file, 300)}, file); err != nil {
				t.Errorf("%d bytes as a stream: %v", size, err)
			}
			if err := iotest.TestReader(io.NewSectionReader(c, 0, int64(size)), file); err != nil {
				t.Errorf("%d bytes by offset: %v", size, err)
			}
		}
		got, err := io.ReadAll(io.NewSectionReader(c, 0, 1<<62))
		if err != nil || !bytes.Equal(got, file) {
			t.Errorf("%d bytes by offset: %d came (%v)", size, len(got), err)
		}
		c.close()
		if _, err := c.ReadAt(make([]byte, 1), int64(size)); err == nil {
			t.Error("it is read after its end")
		}
	}
}

func TestAFileIsNotReadBothWays(t *testing.T) {
	c := inBlocks([]byte("abc"), 1)
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadAt(make([]byte, 1), 0); !errors.Is(err, errBothWays) {
		t.Errorf("got %v", err)
	}
	c = inBlocks([]byte("abc"), 1)
	if _, err := c.ReadAt(make([]byte, 1), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, errBothWays) {
		t.Errorf("got %v", err)
	}
	if _, err := c.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("there is something at -1")
	}
}

func TestABrokenStreamIsNotTheEndOfTheFile(t *testing.T) {
	cut := errors.New("cut")
	blocks := [][]byte{[]byte("ab")}
	c := newContent(func() ([]byte, error) {
		if len(blocks) == 0 {
			return nil, cut
		}
		b := blocks[0]
		blocks = blocks[1:]
		return b, nil
	})
	b := make([]byte, 4)
	if n, err := c.ReadAt(b, 0); n != 2 || !errors.Is(err, cut) {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestAFileIsReadTheSameWayWhereItIsNotAStream(t *testing.T) {
	q := sdk.Question{Point: sdk.PointVerify, Facts: &sdk.Facts{File: &sdk.FileFacts{}}}
	if File(q) != nil || File(sdk.Question{}) != nil {
		t.Error("a file that is not shown can be read")
	}
	q.Facts.File.Content = strings.NewReader("all of it")
	if b, err := io.ReadAll(File(q)); err != nil || string(b) != "all of it" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestLogLinesHaveTheFormThatHostsRead(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(newHandler(&b))
	log.Warn("a file is missing", "file", "x", slog.Group("g", "msg", 1))
	log.Log(t.Context(), slog.LevelInfo+1, "between")
	for _, want := range []string{`"@level":"warn"`, `"@message":"a file is missing"`, `"file":"x"`, `"g":{"msg":1}`, `"@timestamp":`, `"@level":"info"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing in %s", want, b.String())
		}
	}
}
