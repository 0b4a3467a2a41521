package process

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// program is the file that is executed, open from Load to Close.
type program struct {
	path string
	file *os.File
	sum  string // SHA-256, hexadecimal
}

// openProgram takes the program of the settings.
func openProgram(s *Settings) (*program, error) {
	p := &program{path: s.Command[0], sum: strings.ToLower(s.SHA256)}
	var err error
	if s.File != nil {
		p.file, err = again(s.File)
	} else {
		p.file, err = os.Open(p.path)
	}
	if err != nil {
		return nil, err
	}
	if p.sum != "" {
		return p, nil // compared at each start
	}
	if p.sum, err = digest(p.file); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// check compares the program with the pin: it may have been written to.
func (p *program) check() error {
	got, err := digest(p.file)
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	if got != p.sum {
		return fmt.Errorf("%w: the pin is sha256 %s, the program has %s", ErrChanged, p.sum, got)
	}
	return nil
}

func (p *program) close() error { return p.file.Close() }

func digest(f io.ReaderAt) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, math.MaxInt64)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
