package processors

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern/postern/sdk"
)

// ends has n transfers end, at the same time.
func ends(w *Watcher, n int) {
	for range n {
		w.Observe(sdk.Observation{Time: time.Now(), What: sdk.TransferEnded})
	}
}

// have checks how many processors there are.
func have(t *testing.T, n int) {
	t.Helper()
	if got := runtime.GOMAXPROCS(0); got != n {
		t.Errorf("%d processors, want %d", got, n)
	}
}

func TestProcessorsAreAddedWhileManyFilesEnd(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	runtime.SetDefaultGOMAXPROCS()
	usual := runtime.GOMAXPROCS(0)
	synctest.Test(t, func(t *testing.T) {
		w := Watch()
		defer w.Close()
		for range 5 { // a few each second are not many
			ends(w, many-1)
			time.Sleep(time.Second)
		}
		have(t, usual)
		for range 10 {
			ends(w, many)
			have(t, usual+spare)
			time.Sleep(calm - time.Second)
		}
		time.Sleep(2 * calm)
		synctest.Wait()
		have(t, usual)
		ends(w, many)
		have(t, usual+spare)
	})
	have(t, usual) // it was closed
}

func TestWhatIsNoEndOfATransferDoesNotCount(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	usual := runtime.GOMAXPROCS(0)
	w := Watch()
	defer w.Close()
	for range 2 * many {
		w.Observe(sdk.Observation{Time: time.Now(), What: sdk.TransferStarted})
	}
	have(t, usual)
}

func TestWhatTheOperatorSaysHolds(t *testing.T) {
	t.Setenv("GOMAXPROCS", "3")
	usual := runtime.GOMAXPROCS(0)
	w := Watch()
	defer w.Close()
	ends(w, 2*many)
	have(t, usual)
}
