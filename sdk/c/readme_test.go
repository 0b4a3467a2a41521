package csdk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
)

const recipe = `small.wasm: small.c
	clang --target=wasm32 -std=c11 -O2 -Wall -Werror -nostdlib -Wl,--no-entry -Wl,--strip-all -o small.wasm small.c
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

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheExitsOfTheReadmeAreExits(t *testing.T) {
	header, err := os.ReadFile("postern.h")
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t, "c")
	if len(all) != 2 {
		t.Fatalf("the README has %d examples", len(all))
	}
	all[1] = "#include \"postern.h\"\n" + all[1] + `
static postern_verdict filter(const postern_filter_facts *facts)
{
    (void)facts;
    return postern_pass();
}

POSTERN_EXIT(.name = "small", .version = "1.0", .filter = filter, .block = block)
`
	for i, code := range all {
		dir := t.TempDir()
		write(t, dir, "postern.h", string(header))
		write(t, dir, "small.c", code)
		write(t, dir, "Makefile", recipe)
		exit := load(t, wasm.Settings{Module: build(t, dir, "small.wasm")})
		if m := exit.Describe(); m.Name != "small" || len(m.Points) != 2-i {
			t.Errorf("it says of itself %+v", m)
		}
	}
}
