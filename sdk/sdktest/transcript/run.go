package transcript

import (
	"errors"
	"fmt"
	"os"

	"github.com/postern/postern/sdk"
)

// T is what Run needs of a *testing.T.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Run plays each section of the file in every manner and fails the test with file and line.
func Run(t T, p sdk.Protocol, o sdk.Opening, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the transcript: %v", err)
		return
	}
	f, err := Parse(path, text)
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	if err := Play(p, o, f); err != nil {
		t.Errorf("%v", err)
	}
}

// Play plays each section of the file in every manner and returns all failures. It needs no test binary.
func Play(p sdk.Protocol, o sdk.Opening, f *File) error {
	var failures []error
	for i := range f.Sections {
		s := &f.Sections[i]
		if len(s.steps) == 0 {
			failures = append(failures, fmt.Errorf("%s:%d: %s: the section is empty", s.File, s.Line, s.Name))
		}
		for _, m := range []Manner{AsWritten, ByteByByte, Coalesced} {
			if err := s.Play(p, o, m); err != nil {
				failures = append(failures, err)
				break // the other manners would say the same
			}
		}
	}
	return errors.Join(failures...)
}
