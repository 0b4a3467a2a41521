package power

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/power/disk"
)

// drive records the program of that name.
func drive(t *testing.T, binary string) *driven {
	s := newSite(t, binary)
	s.launch(binary, filepath.Join(s.dir, "disk"))
	s.must(s.program.Wait())
	d := &driven{court: &court{recording: s.finish(), root: filepath.Join(s.dir, "crash")}}
	for _, op := range d.trace.Ops {
		if op.Kind == disk.Say && op.To == "stdout" {
			d.said = append(d.said, op)
		}
	}
	return d
}

// driven judges what is left of the promises of the program drive.
type driven struct {
	*court
	said []*disk.Op
}

func (d *driven) judge(im *disk.Image, at int, seed uint64) error {
	if err := d.restore(im, seed); err != nil {
		return fmt.Errorf("the disk cannot be made: %w", err)
	}
	held := map[string][]string{}
	for _, op := range d.said {
		if words := strings.Fields(string(op.Data)); op.Begin < at && len(words) > 1 {
			held[words[1]] = words
		}
	}
	for path, words := range held {
		b, err := os.ReadFile(filepath.Join(d.root, path))
		switch gone := errors.Is(err, fs.ErrNotExist); {
		case words[0] == "free", words[0] == "gone" && gone, words[0] == "there" && err == nil:
		case words[0] == "folder" && isFolder(filepath.Join(d.root, path)):
		case words[0] == "sum" && fmt.Sprintf("%x", sha256.Sum256(b)) == words[2]:
		case words[0] == "is" && err == nil && bytes.Equal(b, bytes.Repeat([]byte(words[2]), 1500)):
		default:
			return fmt.Errorf("%q was said, and there are %d bytes, %v", strings.Join(words, " "), len(b), err)
		}
	}
	return nil
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
