package toolchain_test

import (
	"fmt"
	"testing"
)

// fake notes how a test would have ended.
type fake struct {
	testing.TB
	skipped, failed string
}

type ended struct{}

func (f *fake) run(body func()) {
	defer func() {
		if r := recover(); r != nil && r != any(ended{}) {
			panic(r)
		}
	}()
	body()
}

func (f *fake) Skipf(format string, args ...any) {
	f.skipped = fmt.Sprintf(format, args...)
	panic(ended{})
}

func (f *fake) Fatalf(format string, args ...any) {
	f.failed = fmt.Sprintf(format, args...)
	panic(ended{})
}
