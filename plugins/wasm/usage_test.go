package wasm

import (
	"sync"
	"testing"
)

func TestUsageEndsWithTheLastUserAfterItWasClosed(t *testing.T) {
	u := newUsage()
	if !u.enter() {
		t.Fatal("nobody is let in before it is closed")
	}
	if !u.close() || u.close() {
		t.Error("only the first close is one")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if u.enter() {
					t.Error("somebody was let in after it was closed")
				}
			}
		})
	}
	all.Wait()
	select {
	case <-u.idle:
		t.Fatal("it ended with a user inside")
	default:
	}
	u.leave()
	<-u.idle
	if u.enter() {
		t.Error("somebody was let in after the end")
	}
	empty := newUsage()
	empty.close()
	<-empty.idle
}
