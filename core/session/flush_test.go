package session

import (
	"testing"

	"github.com/postern/postern/sdk"
)

type flushes struct {
	sdk.Writer
	flush func()
}

func (f flushes) Flush() { f.flush() }

func TestAPanicOfAFlushIsThatOfWhoWaitsForIt(t *testing.T) {
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("it ended with %v", v)
		}
	}()
	flush(flushes{flush: func() { panic("a bug") }})()
	t.Error("nobody heard of it")
}
