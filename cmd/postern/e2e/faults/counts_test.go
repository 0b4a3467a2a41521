package faults

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// counts is what was done, by kind of fault.
type counts struct {
	mu    sync.Mutex
	kinds []*kind
}

type kind struct {
	name       string
	first      uint64
	runs       int
	failed     []uint64 // seeds
	tally      map[string]int
	began, end time.Time
}

// of is the kind with a name; it is made where it is new. The lock is held.
func (c *counts) of(name string) *kind {
	for _, k := range c.kinds {
		if k.name == name {
			return k
		}
	}
	k := &kind{name: name, tally: map[string]int{}, began: time.Now()}
	c.kinds = append(c.kinds, k)
	return k
}

func (c *counts) begin(name string, seed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(name).first = seed
}

func (c *counts) ran(name string, seed uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.of(name)
	k.runs++
	k.end = time.Now()
	if !ok {
		k.failed = append(k.failed, seed)
	}
}

// add counts what was met in the runs of a kind.
func (c *counts) add(name, what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(name).tally[what] += n
}

var block = regexp.MustCompile(`(?s)(<!-- last run: faults -->\n).*?(<!-- end of last run -->)`)

// write replaces the block of counts in a page.
func (c *counts) write(page string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	if !block.Match(b) {
		return fmt.Errorf("%s has no block of counts", page)
	}
	return os.WriteFile(page, block.ReplaceAll(b, []byte("${1}"+strings.ReplaceAll(c.table(), "$", "$$")+"${2}")), 0o644)
}

// table is the block in Markdown.
func (c *counts) table() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s/%s:\n\n", time.Now().UTC().Format("2006-01-02"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	b.WriteString("| fault | runs | broken promises | first seed | met |\n|---|---:|---|---:|---|\n")
	for _, k := range c.kinds {
		failed := "none"
		if len(k.failed) > 0 {
			failed = fmt.Sprintf("%d, seeds %v", len(k.failed), k.failed)
		}
		var met []string
		for what, n := range k.tally {
			met = append(met, fmt.Sprintf("%s %d", what, n))
		}
		slices.Sort(met)
		fmt.Fprintf(&b, "| %s | %d | %s | %d | %s |\n", k.name, k.runs, failed, k.first, strings.Join(met, ", "))
	}
	return b.String()
}
