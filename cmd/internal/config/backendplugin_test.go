package config

import (
	"slices"
	"strings"
	"testing"
)

func TestFaultsOfBackendsThatArePluginsSayWhereAndWhat(t *testing.T) {
	_, err := load(t, "postern.yaml", small+`backends:
  disk: {type: local, root: ./files}
  none: {type: wasm}
  nobody: {type: process}
  both: {type: wasm, wasm: x, process: [y]}
  rooted: {type: wasm, wasm: x, root: ./r}
  exit: {type: wasm, wasm: x, grants: {secrets: [password], file: true}}
  astray: {type: wasm, wasm: x, grants: {backend: dsk}}
  one: {type: wasm, wasm: x, grants: {backend: two}}
  two: {type: wasm, wasm: x, grants: {backend: one}}
  program: {type: process, process: [x], grants: {backend: disk}}
  plain: {type: local, root: ./p, wasm: x}
`)
	if err == nil {
		t.Fatal("it was loaded")
	}
	for _, want := range []string{
		"backends.none.wasm: is missing", "backends.nobody.process: is missing", "backends.both: has both wasm and process",
		"backends.rooted: has keys that only a backend that ships with the server knows", "backends.exit.grants.secrets: is for an exit",
		"backends.exit.grants.file: is for an exit", `backends.astray.grants.backend: there is no backend "dsk"; did you mean disk?`,
		"backends.one.grants.backend: leads back to itself: one over two over one", "backends.two.grants.backend: leads back to itself",
		"backends.program.grants.backend: is for a WASM module", "backends.plain: has keys that only a backend of type s3, or a plugin, knows",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault says %q:\n%v", want, err)
		}
	}
}

func TestABackendComesBehindTheOneBelow(t *testing.T) {
	l := &Loaded{Config: Config{Backends: map[string]Backend{"a": {Grants: Grants{Backend: "b"}}, "b": {Grants: Grants{Backend: "c"}}, "c": {}}}}
	if got := l.BackendsInOrder(); !slices.Equal(got, []string{"c", "b", "a"}) {
		t.Errorf("the order is %q", got)
	}
}
