package power

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/power/trace"
)

var (
	states = flag.Int("states", 0, "how many crashes are tried; 0: a few hundred, or 10,000 with POSTERN_TEST_LONG")
	seed   = flag.Uint64("seed", 0, "what the crashes are drawn with; 0 takes a new one")
	write  = flag.String("write", "", "page whose block of results is written anew")
)

// The programs under test, as they are shipped.
var postern, driver string

func TestMain(m *testing.M) {
	trace.Main()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "postern-power")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if postern, driver, err = build(dir, ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	for _, f := range folders {
		os.RemoveAll(f)
	}
	if *write != "" {
		if err := results.write(*write); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// build builds the server and the program drive into a folder, with some of their files replaced by those that an overlay
// names ("": none).
func build(dir, overlay string) (server, drive string, err error) {
	const module = "github.com/postern/postern/cmd/postern"
	var replaced []string
	if overlay != "" {
		replaced = []string{"-overlay", overlay}
	}
	for _, args := range [][]string{{"build", "-o", filepath.Join(dir, "postern"), module},
		{"test", "-c", "-o", filepath.Join(dir, "drive"), module + "/e2e/power/drive"}} {
		args = slices.Insert(args, len(args)-1, replaced...)
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("build the server: %w\n%s", err, out)
		}
	}
	return filepath.Join(dir, "postern"), filepath.Join(dir, "drive"), nil
}

func long() bool { return os.Getenv("POSTERN_TEST_LONG") != "" }
