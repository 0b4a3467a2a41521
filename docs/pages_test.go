package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

func TestEveryExitPointHasAPage(t *testing.T) {
	var want []string
	for _, r := range sdk.Points() {
		want = append(want, string(r.Point))
	}
	samePages(t, "points", want)
}

func TestEveryVerbHasAPageThatNamesAllItsFlags(t *testing.T) {
	var want []string
	for _, verb := range verbs(t) {
		if verb == "help" || verb == "completion" {
			continue
		}
		want = append(want, verb)
		page := filepath.Join(root, "docs", "verbs", verb+".md")
		b, err := os.ReadFile(page)
		if err != nil {
			t.Errorf("the verb %s has no page: %v", verb, err)
			continue
		}
		for _, sub := range append([]string{""}, verbs(t, verb)...) {
			words := strings.Fields(verb + " " + sub)
			if marker := "<!-- generated: verb " + strings.Join(words, " ") + " -->"; !strings.Contains(string(b), marker) {
				t.Errorf("docs/verbs/%s.md lacks %s", verb, marker)
			}
		}
	}
	samePages(t, "verbs", want)
}

var available = regexp.MustCompile(`(?s)Available Commands:\n(.*?)\n\n`)

// verbs lists the verbs below one, or those of postern itself.
func verbs(t *testing.T, below ...string) (out []string) {
	t.Helper()
	m := available.FindStringSubmatch(postern(t, append(below, "--help")...))
	if m == nil {
		return nil
	}
	for line := range strings.Lines(m[1]) {
		out = append(out, strings.Fields(line)[0])
	}
	return slices.Compact(out)
}

func TestEveryPluginHasAPage(t *testing.T) {
	for folder, source := range map[string]string{"protocols": "protocol", "backends": "backend", "transports": "transport"} {
		want := folders(t, filepath.Join(root, "plugins", source))
		if folder == "protocols" {
			want = append(want, "line") // it is in sdk/sdktest, for tests
		}
		if folder == "backends" {
			want = append(want, "plugins") // those that are loaded from a file
		}
		if folder == "transports" { // what two of them share is none
			want = slices.DeleteFunc(want, func(name string) bool { return name == "wide" })
		}
		samePages(t, folder, want)
	}
}

func folders(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.IsDir() {
			out = append(out, d.Name())
		}
	}
	return out
}

// samePages fails when docs/folder has not exactly these pages, an overview beside.
func samePages(t *testing.T, folder string, want []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", folder, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".md"); name != "README" {
			got = append(got, name)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("docs/%s has the pages %v, want %v", folder, got, want)
	}
}

func TestTheCatalogPageNamesEveryStatus(t *testing.T) {
	page := read(t, "docs/catalog.md")
	for _, s := range catalog.Statuses() {
		if !strings.Contains(page, "`"+string(s)+"`") {
			t.Errorf("docs/catalog.md does not name the status %s", s)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		text := read(t, page)
		for _, b := range blocks(t, page) {
			text = strings.ReplaceAll(text, b.text, "")
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			to := page
			if target != "" {
				to = path.Join(path.Dir(page), target)
			}
			info, err := os.Stat(filepath.Join(root, to))
			if err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, m[1])
				continue
			}
			if anchor != "" && !info.IsDir() && !slices.Contains(anchors(read(t, to)), anchor) {
				t.Errorf("%s: there is no heading for %s", page, m[1])
			}
		}
	}
}

var (
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notAnchor = regexp.MustCompile("[^a-z0-9 _-]")
)

// anchors are the names of a page's headings, as they are linked to.
func anchors(text string) (out []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.ReplaceAll(notAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return out
}

// TestEveryDependencyHasAReason compares what go.mod asks for itself with the table of RATIONALE.md.
func TestEveryDependencyHasAReason(t *testing.T) {
	why := read(t, "RATIONALE.md")
	count := 0
	for line := range strings.Lines(read(t, "go.mod")) {
		module, rest, _ := strings.Cut(strings.TrimSpace(line), " v")
		if !strings.HasPrefix(line, "\t") || strings.Contains(rest, "// indirect") {
			continue
		}
		count++
		for _, name := range []string{module, strings.TrimPrefix(module, "github.com/knadh/koanf/")} {
			if strings.Contains(why, name) {
				module = ""
			}
		}
		if module != "" {
			t.Errorf("RATIONALE.md does not say why there is %s", module)
		}
	}
	if count == 0 {
		t.Error("go.mod asks for nothing itself: this is not the root")
	}
}
