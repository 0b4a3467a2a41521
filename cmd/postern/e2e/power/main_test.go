package power

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/power/trace"
)

var (
	states = flag.Int("states", 0, "how many crashes are tried; 0: a few hundred, or 10,000 with POSTERN_TEST_LONG")
	seed   = flag.Uint64("seed", 0, "the seed of all of them; 0 takes a new one")
	only   = flag.String("state", "", "try this state alone, as a failure names it: model:moment:seed, on the kept recording")
	keep   = flag.String("recording", "", "a folder where the recording of the server is kept, and taken from when it is there")
)

// postern is the server under test, as it is shipped.
var postern string

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
	postern = filepath.Join(dir, "postern")
	if err := build(postern, ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build builds the server, with some of its files replaced by those that an overlay names ("": none).
func build(to, overlay string) error {
	args := []string{"build", "-o", to}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, "github.com/postern/postern/cmd/postern")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return nil
}

func long() bool { return os.Getenv("POSTERN_TEST_LONG") != "" }
