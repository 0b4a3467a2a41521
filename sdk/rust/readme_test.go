package rust_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
)

const recipe = `RUSTC ?= rustc

small.wasm: small.rs
	$(RUSTC) --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=3 -C lto -C panic=abort \
		-C strip=symbols -C linker=wasm-ld -D warnings -o small.wasm small.rs
`

// examples gives the fenced blocks of the README in a language.
func examples(t *testing.T, lang string) (out []string) {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(b), "\n```"+lang+"\n")[1:] {
		code, _, _ := strings.Cut(part, "\n```")
		out = append(out, code)
	}
	return out
}

func TestTheExitsOfTheReadmeAreExits(t *testing.T) {
	all := examples(t, "rust")
	if len(all) != 2 {
		t.Fatalf("the README has %d examples", len(all))
	}
	all[1] = "mod postern;\nuse postern::*;\n" + all[1] + "\npostern::exit! { name: \"small\", version: \"1.0\", filter: filter }\n"
	for i, code := range all {
		dir := t.TempDir()
		for name, text := range map[string]string{"postern.rs": "", "messages.rs": "", "small.rs": code, "Makefile": recipe} {
			b := []byte(text)
			if text == "" {
				var err error
				if b, err = os.ReadFile(name); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		exit := load(t, wasm.Settings{Module: build(t, dir, "small.wasm")})
		if m := exit.Describe(); m.Name != "small" || len(m.Points) != 2-i {
			t.Errorf("it says of itself %+v", m)
		}
	}
}
