package server_test

import (
	"runtime"
	"testing"
	"time"
)

// objects is what all that runs holds after a collection, in bytes.
func objects() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one found in pools
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// soon waits until something holds.
func soon(t *testing.T, holds func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// An idle session has the goroutine that reads, and objects that are counted here with those of the peer's end of the
// socket. What it is in a whole server "make bench BENCH=IdleSessions" tells.
func TestAnIdleSessionHasOneGoroutineAndFewKilobytes(t *testing.T) {
	const n, most = 100, 12 << 10
	s := newSite(t)
	s.listen(listener("a", 0))
	s.call("a").says("HELLO PARIS secret\n", "WELCOME") // what the first one makes stays
	goroutines, before := runtime.NumGoroutine(), objects()
	calls := make([]*caller, n)
	for i := range calls {
		calls[i] = s.call("a")
		calls[i].says("HELLO PARIS secret\n", "WELCOME")
	}
	soon(t, func() bool { return runtime.NumGoroutine() <= goroutines+n }, "idle sessions have more than one goroutine each")
	const reader = 4 << 10 // of the peer
	if each := (objects()-before)/n - reader; each > most {
		t.Errorf("an idle session holds %d bytes, want at most %d", each, most)
	}
	for _, c := range calls {
		c.says("PUT IN number=7\n", "GRANT")
		c.says("BEGIN none\n", "START 0")
	}
	runtime.KeepAlive(calls)
}
