package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	rounds = flag.Int("rounds", 9, "pairs of runs of each measurement")
	write  = flag.String("write", "", "folder for performance.md and performance.json; nothing is written without it")
)

// postern is the binary under measurement.
var postern string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	if os.Getenv("MEASURE") == "" {
		fmt.Println("nothing is measured without MEASURE=1: see make bench")
		return 0
	}
	dir, err := os.MkdirTemp("", "postern-bench")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	postern = filepath.Join(dir, "postern")
	build := exec.Command("go", "build", "-trimpath", "-o", postern, "github.com/postern/postern/cmd/postern")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the server:", err)
		return 1
	}
	code := m.Run()
	if err := report.end(*write); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
