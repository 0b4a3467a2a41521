package faults

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/inject"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the first run of each kind; 0: FAULT_SEED, or a new one")
	writeFlag = flag.String("write", "", "page whose block of counts is written anew")

	binDir  string // of the programs below
	postern string // the server and the requester
	book    counts // what all tests of this run did
)

func TestMain(m *testing.M) {
	inject.Main()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "postern-faults")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binDir, postern = dir, filepath.Join(dir, "postern")
	if built := os.Getenv("FAULTS_BUILT"); built != "" {
		binDir, postern = built, filepath.Join(built, "postern")
	} else if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build makes the server, with the race detector when the tests have it, and the exit.
func build() error {
	const module = "github.com/postern/postern/cmd/postern"
	_, err := toolchain.Program(binDir, module, raceEnabled)
	if err == nil {
		_, err = toolchain.Program(binDir, module+"/e2e/faults/exit", false)
	}
	return err
}

// long says that the runs of make faults are wanted.
func long() bool { return os.Getenv("POSTERN_TEST_LONG") != "" }

// runs is how often a kind is tried: short times in a test run, and FAULTS times, or a part of that, in the
// long form.
func runs(short, part int) int {
	if n, err := strconv.Atoi(os.Getenv("FAULTS")); err == nil && n > 0 {
		return max(n/part, 1)
	}
	if long() {
		return 200 / part
	}
	return short
}

// each runs a kind of fault n times, each time with a seed of its own.
func each(t *testing.T, kind string, n int, run func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	seed := *seedFlag
	if s, err := strconv.ParseUint(os.Getenv("FAULT_SEED"), 10, 64); seed == 0 && err == nil {
		seed = s
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) / 1e6 * 1000
	}
	t.Logf("%s: %d runs, seeds %d to %d", kind, n, seed, seed+uint64(n)-1)
	book.begin(kind, seed)
	var next atomic.Uint64
	var failed atomic.Bool
	var workers sync.WaitGroup
	for range min(n, atOnce) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < uint64(n) && (long() || !failed.Load()); i = next.Add(1) - 1 {
				s := seed + i
				ok := t.Run(strconv.FormatUint(s, 10), func(t *testing.T) { run(t, rand.New(rand.NewPCG(s, 0))) })
				book.ran(kind, s, ok)
				if !ok {
					failed.Store(true)
				}
			}
		})
	}
	workers.Wait()
	if *writeFlag != "" {
		if err := book.write(*writeFlag); err != nil {
			t.Error(err)
		}
	}
}

// atOnce is how many runs go on beside each other: much of each is waiting.
const atOnce = 3

// content is n bytes that repeat nowhere.
func content(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 8 {
		v := r.Uint64()
		for j := i; j < min(i+8, n); j++ {
			b[j] = byte(v)
			v >>= 8
		}
	}
	return b
}
