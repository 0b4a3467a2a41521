package docs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/sdk/sdktest/toolchain"
)

// vet is the module that the pages name as exits/vet.wasm. It is kept as bytes, so that the pages' examples need no
// compiler.
func vet(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/vet.wasm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheModuleOfThePagesIsMadeOfItsText(t *testing.T) {
	text, err := os.ReadFile("testdata/vet.wat")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(read(t, "docs/plugins/wasm.md"), "```wat file=vet.wat\n"+string(text)+"```") {
		t.Error("docs/plugins/wasm.md shows another text than docs/testdata/vet.wat")
	}
	if got := toolchain.Wat(t, string(text)); !bytes.Equal(got, vet(t)) {
		t.Error("docs/testdata/vet.wasm is another module: wat2wasm docs/testdata/vet.wat -o docs/testdata/vet.wasm")
	}
}

// needs skips what comes of a page whose blocks name a tool that is missing ("console needs=wat2wasm").
func (b block) needs(t *testing.T) {
	t.Helper()
	for _, w := range strings.Fields(b.info) {
		if tool, ok := strings.CutPrefix(w, "needs="); ok {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not installed", tool)
			}
		}
	}
}

// scan is the program of docs/plugins/process.md, built once for the pages that say "console program=scan".
var scan = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "scan")
	out, err := exec.Command("go", "build", "-o", path, "./testdata/scan").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return path, err
})

// program puts the program that a block names in the place of the file that bears its name.
func (sh *shell) program(b block) {
	sh.Helper()
	if !slices.Contains(strings.Fields(b.info), "program=scan") {
		return
	}
	from, err := scan()
	if err != nil {
		sh.Fatal(err)
	}
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(filepath.Join(sh.dir, "exits", "scan"), content, 0o700)
	}
	if err != nil {
		sh.Fatal(err)
	}
}

// goCache is where the compiler keeps what it has built: the pages' home is another one each time.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
