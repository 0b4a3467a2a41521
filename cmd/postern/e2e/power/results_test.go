package power

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
)

// results collects what goes into the page.
var results book

type book struct {
	mu      sync.Mutex
	summary string
	rows    []row
}

// row is a mutant and what became of it.
type row struct {
	where, what string
	noticed     int    // at the how manieth state, or atOnce; 0: never
	how         string // the first broken promise
}

func (b *book) crashes(n int, seed uint64, ops, promises, broken int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.summary = fmt.Sprintf("%d states of a recording with %d operations on files and %d promises, drawn with seed %d: %d broke a promise.",
		n, ops, promises, seed, broken)
}

func (b *book) mutant(r row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, r)
}

var block = regexp.MustCompile(`(?s)(<!-- last run: power -->\n).*?(<!-- end of last run -->)`)

// write replaces the block of results in a page.
func (b *book) write(page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	if !block.Match(text) {
		return fmt.Errorf("%s has no block of results", page)
	}
	return os.WriteFile(page, block.ReplaceAll(text, []byte("${1}"+strings.ReplaceAll(b.page(), "$", "$$")+"${2}")), 0o644)
}

// page is the block in Markdown.
func (b *book) page() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s strings.Builder
	fmt.Fprintf(&s, "%s, %s, %s/%s. %s\n\n", time.Now().UTC().Format("2006-01-02"), runtime.Version(), runtime.GOOS, runtime.GOARCH, b.summary)
	if len(b.rows) > 0 {
		s.WriteString("| taken away or exchanged | in | noticed at state | because |\n|---|---|---:|---|\n")
	}
	for _, r := range b.rows {
		at := "never"
		switch {
		case r.noticed == atOnce:
			at = "while it was recorded"
		case r.noticed > 0:
			at = fmt.Sprint(r.noticed)
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %s |\n", r.what, r.where, at, r.how)
	}
	return s.String()
}
