package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGeneratedPartsAreUpToDate compares what stands between "<!-- generated: NAME ARGUMENT -->" and "<!-- end -->" with
// what the code says now. With -update it writes it.
func TestGeneratedPartsAreUpToDate(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		text := read(t, page)
		want := marked.ReplaceAllStringFunc(text, func(part string) string {
			count++
			m := marked.FindStringSubmatch(part)
			write, ok := generators[m[1]]
			if !ok {
				t.Errorf("%s: nothing generates %q", page, m[1])
				return part
			}
			return "<!-- generated: " + strings.Join(strings.Fields(m[1]+" "+m[2]), " ") + " -->\n" + write(t, strings.Fields(m[2])) + "<!-- end -->"
		})
		if want == text {
			continue
		}
		if *update {
			if err := os.WriteFile(filepath.Join(root, page), []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s is behind the code: run make generate", page)
	}
	if count < 20 {
		t.Errorf("only %d generated parts were found", count)
	}
}

var marked = regexp.MustCompile(`(?s)<!-- generated: (\S+)([^\n]*?) -->\n.*?<!-- end -->`)

// generators write the generated parts, by name.
var generators = map[string]func(t *testing.T, args []string) string{
	"codes":  func(*testing.T, []string) string { return codesTable() },
	"points": func(*testing.T, []string) string { return pointsTable() },
	"point":  pointTable,
	"facts":  func(t *testing.T, _ []string) string { return factsTables(t) },
	"terms":  termsTable,
	"config": func(t *testing.T, _ []string) string { return configTables(t) },
	"verb":   verbHelp,
	"entry":  func(t *testing.T, _ []string) string { return entryTable(t) },
	"verbs":  func(t *testing.T, _ []string) string { return verbIndex(t) },
	"api":    func(t *testing.T, _ []string) string { return apiTable(t) },
	"exit":   pointExample,
}

// table writes a table in Markdown.
type table struct{ strings.Builder }

func newTable(heads ...string) *table {
	t := &table{}
	t.row(heads...)
	t.WriteString(strings.Repeat("|---", len(heads)) + "|\n")
	return t
}

func (t *table) row(cells ...string) {
	for _, c := range cells {
		c = strings.ReplaceAll(strings.TrimSpace(c), "|", `\|`)
		t.WriteString("| " + strings.ReplaceAll(c, "\n", " ") + " ")
	}
	t.WriteString("|\n")
}

// code writes words as code, "–" for none.
func code(words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, "`"+w+"`")
		}
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, ", ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
