package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func TestADrainLetsATransferReachItsEnd(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 0))
	c := s.call("a")
	c.puts()
	drained := make(chan struct{})
	go func() { s.server.Drain(context.Background(), time.Minute); close(drained) }()
	c.says("DATA 1\naEND ok\nFINISH\n", "FINISHED 1")
	c.says("LEAVE\n", "LEFT")
	c.gets("ABORT server.stopping")
	c.Close()
	<-drained
	if e := s.status(); e.Status() != "done" {
		t.Errorf("the entry is %s", e.Status())
	}
}

func TestADrainStopsATransferWhenItsTimeIsOver(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 0))
	c := s.call("a")
	c.puts()
	drained := make(chan struct{})
	go func() { s.server.Drain(context.Background(), 10*time.Millisecond); close(drained) }()
	c.gets("STOP server.stopping restartable")
	c.says("STOPPED\nLEAVE\n", "LEFT")
	c.gets("ABORT server.stopping")
	c.Close()
	<-drained
	if e := s.status(); e.Code != sdk.ServerStopping || !e.Restartable() {
		t.Errorf("the entry is %s with %s", e.Status(), e.Code)
	}
}

func TestASecondSignalEndsADrainAtOnce(t *testing.T) {
	s := newSite(t)
	s.listen(listener("a", 0))
	c, silent := s.call("a"), s.call("a")
	silent.says("HELLO PARIS secret\n", "WELCOME")
	c.puts()
	ctx, second := context.WithCancel(context.Background())
	drained := make(chan struct{})
	go func() { s.server.Drain(ctx, time.Hour); close(drained) }()
	silent.gets("ABORT server.stopping")
	began := time.Now()
	second()
	<-drained
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
	if e := s.status(); e.Code != sdk.ServerStopping || !e.Restartable() {
		t.Errorf("the entry is %s with %s", e.Status(), e.Code)
	}
}
