package sqlite_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
)

const childVariable = "POSTERN_TEST_CATALOG_CHILD"

// TestMain lets this binary be the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		fmt.Fprintln(os.Stderr, writeForEver(path, os.Args[len(os.Args)-1]))
		os.Exit(1)
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given && os.Getenv("POSTERN_TEST_LONG") == "" {
		_ = flag.Set("rapid.checks", "12") // each opens databases of its own and compares them whole after every step
	}
	os.Exit(m.Run())
}

// writeForEver creates entries and moves their points from many goroutines, and
// says on stdout what was acknowledged.
func writeForEver(path, round string) error {
	c, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	failed := make(chan error)
	for w := range 16 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("entry-%s-%d-%d", round, w, n)
				e, err := c.Create(ctx, receive(id, int64(w*100000+n+1)))
				if err == nil {
					err = c.Begin(ctx, e.Lease())
				}
				for point := int64(1); err == nil && point <= 5; point++ {
					if err = c.Checkpoint(ctx, catalog.Checkpoint{Lease: e.Lease(), Point: catalog.Point{Number: point, FileOffset: point}}); err == nil {
						os.Stdout.WriteString(fmt.Sprintf("%s %d\n", id, point)) // one write: never torn
					}
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func TestAKilledProcessLosesNoAcknowledgedCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	said := map[string]int64{}
	for round := range 3 {
		killDuringCommits(t, path, strconv.Itoa(round), said)
		c, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatalf("round %d: open after the kill: %v", round, err)
		}
		for id, point := range said {
			e, err := c.Get(context.Background(), id)
			if err != nil || e.Point.Number < point {
				t.Fatalf("round %d: %s was acknowledged at point %d and is at %d, %v", round, id, point, e.Point.Number, err)
			}
		}
		if _, err := c.Recover(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		for e, err := range c.List(context.Background(), catalog.Filter{Status: catalog.Running}) {
			t.Fatalf("round %d: still running after the recovery: %+v, %v", round, e, err)
		}
		if r, err := c.Check(context.Background()); err != nil || len(r.Problems) > 0 {
			t.Fatalf("round %d: check says %v, %v", round, r.Problems, err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d entries were acknowledged", len(said))
}

func killDuringCommits(t *testing.T, path, round string, said map[string]int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], round)
	cmd.Env = append(os.Environ(), childVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for s := bufio.NewScanner(out); s.Scan(); lines++ {
		id, point, _ := strings.Cut(s.Text(), " ")
		n, err := strconv.ParseInt(point, 10, 64)
		if err != nil {
			t.Errorf("the child said %q", s.Text())
		}
		said[id] = n
		if lines == 600 {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || lines < 600 {
		t.Fatalf("the child ended by itself after %d lines: %v", lines, err)
	}
}
