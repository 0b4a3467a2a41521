package processors

import (
	"runtime"
	"testing"
)

func TestProcessorsAreAddedAndTakenAwayAgain(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	before := runtime.GOMAXPROCS(0)
	remove := Add()
	if n := runtime.GOMAXPROCS(0); n != before+spare {
		t.Errorf("%d processors, want %d", n, before+spare)
	}
	remove()
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("%d processors afterwards, want %d", n, before)
	}
}

func TestWhatTheOperatorSaysHolds(t *testing.T) {
	t.Setenv("GOMAXPROCS", "3")
	before := runtime.GOMAXPROCS(0)
	defer Add()()
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("%d processors, want %d", n, before)
	}
}
