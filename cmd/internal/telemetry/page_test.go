package telemetry_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/internal/telemetry"
)

var (
	update    = flag.Bool("update", false, "write the list of metrics into docs/metrics.md")
	goVersion = runtime.Version()
)

const page = "../../../docs/metrics.md"

var table = regexp.MustCompile(`(?s)<!-- metrics -->\n.*?<!-- end -->`)

func TestTheMetricsPageListsWhatThereIs(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	list.WriteString("<!-- metrics -->\n| metric | kind | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range telemetry.Described() {
		labels := "–"
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s |\n", m.Name, m.Kind, labels, m.Help)
	}
	list.WriteString("<!-- end -->")
	want := table.ReplaceAllLiteralString(string(b), list.String())
	if want == string(b) && strings.Contains(want, list.String()) {
		return
	}
	if !*update {
		t.Fatal("docs/metrics.md is behind the code: run make generate")
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsDescribedIsWhatIsRegistered holds the list against a scrape of metrics that have all moved.
func TestWhatIsDescribedIsWhatIsRegistered(t *testing.T) {
	s := moved(t)
	registered := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (postern_\S+) (\S+)$`).FindAllStringSubmatch(s.scrape(), -1) {
		registered[m[1]] = m[2]
	}
	for _, m := range telemetry.Described() {
		if registered[m.Name] != m.Kind {
			t.Errorf("%s is described as a %s and is a %q", m.Name, m.Kind, registered[m.Name])
		}
		delete(registered, m.Name)
		if !conventional(m) {
			t.Errorf("%s is no name for a %s", m.Name, m.Kind)
		}
	}
	if len(registered) > 0 {
		t.Errorf("not described are %v", registered)
	}
}

// conventional holds a name against Prometheus's conventions: counters end in _total, and times are in seconds.
func conventional(m telemetry.Metric) bool {
	switch m.Kind {
	case "counter":
		return strings.HasSuffix(m.Name, "_total")
	case "histogram":
		return strings.HasSuffix(m.Name, "_seconds")
	}
	return !strings.HasSuffix(m.Name, "_total")
}
