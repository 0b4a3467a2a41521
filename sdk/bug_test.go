package sdk

import (
	"strings"
	"testing"
)

func TestAPanicThatWasCaughtIsAnErrorWithTheStackOfWhereItWas(t *testing.T) {
	err := func() (err error) {
		defer Caught(&err)
		panic("at this place")
	}()
	bug, ok := AsBug(Refuse(DataIO, "write").Because(err))
	if !ok || bug.Error() != "panic: at this place" || !strings.Contains(string(bug.Stack), "bug_test.go") {
		t.Errorf("%v, %v", err, ok)
	}
	if err := func() (err error) { defer Caught(&err); return nil }(); err != nil {
		t.Errorf("without a panic: %v", err)
	}
}
