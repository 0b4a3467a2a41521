package faults

import (
	"fmt"
	"maps"
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
	name   string
	first  uint64
	runs   int
	failed []uint64 // seeds
	tally  map[string]int
}

// of is the kind with a name; it is made where it is new. The lock is held.
func (c *counts) of(name string) *kind {
	for _, k := range c.kinds {
		if k.name == name {
			return k
		}
	}
	k := &kind{name: name, tally: map[string]int{}}
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

var block = regexp.MustCompile(`(?s)(<!-- last run: faults -->\n)(.*?)(<!-- end of last run -->)`)

const heads = "| fault | runs | broken promises | first seed | met | run on |\n|---|---:|---|---:|---|---|\n"

// write replaces the rows of the kinds that were run in a page's block of counts; other rows stay.
func (c *counts) write(page string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	m := block.FindSubmatch(b)
	if m == nil {
		return fmt.Errorf("%s has no block of counts", page)
	}
	rows := c.rows()
	for line := range strings.Lines(string(m[2])) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |"); ok && strings.HasSuffix(line, ", "+runOnEnd) && rows[name] == "" {
			rows[name] = line
		}
	}
	var text strings.Builder
	text.WriteString(heads)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		text.WriteString(rows[name])
	}
	return os.WriteFile(page, block.ReplaceAll(b, []byte("${1}"+strings.ReplaceAll(text.String(), "$", "$$")+"${3}")), 0o644)
}

// runOnEnd is how each row ends.
var runOnEnd = fmt.Sprintf("%s/%s |\n", runtime.GOOS, runtime.GOARCH)

// rows are those of the kinds that were run, in Markdown.
func (c *counts) rows() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]string{}
	for _, k := range c.kinds {
		if k.runs == 0 {
			continue
		}
		failed := "none"
		if len(k.failed) > 0 {
			failed = fmt.Sprintf("%d, seeds %v", len(k.failed), k.failed)
		}
		var met []string
		for what, n := range k.tally {
			met = append(met, fmt.Sprintf("%s %d", what, n))
		}
		slices.Sort(met)
		out[k.name] = fmt.Sprintf("| %s | %d | %s | %d | %s | %s, %s, %s", k.name, k.runs, failed, k.first, strings.Join(met, ", "),
			time.Now().UTC().Format("2006-01-02"), runtime.Version(), runOnEnd)
	}
	return out
}
