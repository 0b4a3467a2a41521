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

// postern is the binary under measurement, baseline what it is measured against.
var postern, baseline string

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
	postern, baseline = filepath.Join(dir, "postern"), filepath.Join(dir, "baseline")
	for path, name := range map[string]string{postern: "postern", baseline: "bench/baseline"} {
		build := exec.Command("go", "build", "-trimpath", "-tags", "bench", "-o", path, "github.com/postern/postern/cmd/"+name)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n", name, err)
			return 1
		}
	}
	code := m.Run()
	if err := report.end(*write); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
