package wiring

import (
	"context"
	"errors"
	"testing"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/wasm"
)

func TestTheValuesOfAnExitOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	begin := func() *Server {
		return &Server{options: Options{Config: &config.Loaded{Config: config.Config{DataDir: dir}}}}
	}
	put := func(s *Server, exit, value string) {
		t.Helper()
		store, _, err := s.storeOf(exit)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Put("key", []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	s := begin()
	put(s, "vet", "lower")
	put(s, "Vet", "upper")
	put(s, "../vet", "outside")
	s = begin()
	for exit, want := range map[string]string{"vet": "lower", "Vet": "upper", "../vet": "outside", "other": ""} {
		store, _, err := s.storeOf(exit)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := store.Get("key"); string(got) != want {
			t.Errorf("%s finds %q, not %q", exit, got, want)
		}
	}
}

func TestAllVersionsOfAnExitShareItsStore(t *testing.T) {
	s := &Server{options: Options{Config: &config.Loaded{Config: config.Config{DataDir: t.TempDir()}}}}
	take := func() (wasm.Store, func()) {
		store, release, err := s.storeOf("vet")
		if err != nil {
			t.Fatal(err)
		}
		return store, release
	}
	old, oldDone := take() // it drains while the exit is removed and added again
	next, nextDone := take()
	for key, store := range map[string]wasm.Store{"a": old, "b": next} {
		if err := store.Put(key, []byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	oldDone()
	if err := next.Put("c", []byte("1")); err != nil {
		t.Fatal(err)
	}
	nextDone()
	if len(s.stores.open) > 0 {
		t.Error("a store that nobody uses is kept")
	}
	fresh, done := take()
	defer done()
	for _, key := range []string{"a", "b", "c"} {
		if _, ok := fresh.Get(key); !ok {
			t.Errorf("the value %s is lost", key)
		}
	}
}

type closing struct{ err error }

func (c closing) Close(context.Context) error { return c.err }

func TestAnExitThatStillWorksKeepsItsStore(t *testing.T) {
	released := 0
	late, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
	}{{late, late.Err(), 0}, {t.Context(), nil, 1}, {t.Context(), errors.New("not given back"), 1}} {
		released = 0
		if err := closeAndRelease(c.ctx, closing{c.err}, func() { released++ }); err != c.err || released != c.want {
			t.Errorf("%v: released %d times (%v)", c.err, released, err)
		}
	}
}
