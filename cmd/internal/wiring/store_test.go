package wiring

import (
	"testing"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/plugins/wasm"
)

func TestTheValuesOfAnExitOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	begin := func() *Server {
		return &Server{options: Options{Config: &config.Loaded{Config: config.Config{DataDir: dir}}}, stores: map[string]wasm.Store{}}
	}
	put := func(s *Server, exit, value string) {
		t.Helper()
		store, err := s.storeOf(exit)
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
		store, err := s.storeOf(exit)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := store.Get("key"); string(got) != want {
			t.Errorf("%s finds %q, not %q", exit, got, want)
		}
	}
}
