package docs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// postern runs the binary and gives what it prints.
func postern(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("postern %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// schema is as much of a JSON Schema as the configuration's has.
type schema struct {
	Description string             `json:"description"`
	Type        any                `json:"type"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	Minimum     *int               `json:"minimum"`
	Properties  map[string]*schema `json:"properties"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Required    []string           `json:"required"`
}

// each gives the schema of the values of a map with free names, nil for anything else.
func (s *schema) each() *schema {
	var out schema
	if json.Unmarshal(s.Additional, &out) != nil || out.Properties == nil {
		return nil
	}
	return &out
}

// configTables describes every key from the schema, with its default from what "config show" fills in.
func configTables(t *testing.T) string {
	var s schema
	if err := json.Unmarshal([]byte(postern(t, "config", "schema")), &s); err != nil {
		t.Fatal(err)
	}
	sh := newShell(t)
	sh.write(block{info: "file=postern.yaml", text: base})
	var holds map[string]any
	if err := json.Unmarshal([]byte(sh.run("defaults", "postern config show -o json")), &holds); err != nil {
		t.Fatal(err)
	}
	holds["data_dir"] = "./postern-data"
	c := &configPage{}
	c.top(&s, holds)
	return c.String()
}

type configPage struct{ strings.Builder }

func (c *configPage) top(s *schema, holds map[string]any) {
	plain := newTable("key", "value", "default", "meaning")
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		if p.Properties == nil && p.each() == nil || key == "points" {
			plain.row(code(key), kind(p), value(holds[key]), p.Description)
		}
	}
	fmt.Fprintf(c, "### At the top\n\n%s\n", plain.String())
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p, given := s.Properties[key], holds[key]
		name := key
		if each := p.each(); each != nil {
			described := p.Description
			p, name = each, key+".NAME"
			p.Description = described
			given = one(given)
		}
		if p.Properties != nil && key != "points" {
			c.section(name, p, given)
		}
	}
}

// one gives the value of a map's first name.
func one(v any) any {
	m, _ := v.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		return m[key]
	}
	return nil
}

// set lists the keys that the small configuration gives itself, so that what is shown is no default.
var set = []string{"protocol", "address", "protocols", "receive", "send", "path", "type", "root", "password"}

func (c *configPage) section(name string, s *schema, holds any) {
	fmt.Fprintf(c, "### %s\n\n%s\n\n", name, s.Description)
	given, _ := holds.(map[string]any)
	t := newTable("key", "value", "default", "meaning")
	c.rows(t, "", s, given)
	c.WriteString(t.String() + "\n")
}

func (c *configPage) rows(t *table, prefix string, s *schema, given map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		if p.Properties != nil && key != "points" && kind(p) == "" {
			nested, _ := given[key].(map[string]any)
			c.rows(t, prefix+key+".", p, nested)
			continue
		}
		shows := value(given[key])
		switch {
		case slices.Contains(s.Required, key):
			shows = "must be given"
		case slices.Contains(set, key):
			shows = "–"
		}
		t.row(code(prefix+key), kind(p), shows, p.Description)
	}
}

// kind says what a value looks like; "" for a group of keys.
func kind(s *schema) string {
	types := fmt.Sprint(s.Type)
	switch {
	case len(s.Enum) > 0:
		return code(s.Enum...)
	case s.Items != nil && len(s.Items.Enum) > 0:
		return "list of " + code(s.Items.Enum...)
	case s.Items != nil && s.Items.Properties != nil:
		return "list of {" + strings.Join(slices.Sorted(maps.Keys(s.Items.Properties)), ", ") + "}"
	case s.Items != nil:
		return "list"
	case strings.Contains(s.Pattern, "[kMG]"):
		return "count"
	case strings.Contains(s.Pattern, "[KMGT]"):
		return "size or `none`"
	case strings.Contains(s.Pattern, "ms|us"):
		return "time or `none`"
	case strings.Contains(s.Pattern, "none"):
		return "number or `none`"
	case strings.Contains(types, "string") && s.Properties != nil:
		return "name"
	case s.Properties != nil && s.Properties["identify"] != nil:
		return "point → list of exits"
	case s.Properties != nil:
		return ""
	case types == "object":
		return "names and values"
	case types == "boolean":
		return "`true`, `false`"
	case types == "integer":
		return "number"
	}
	return "text"
}

func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case string:
		if v == "" {
			return "–"
		}
		return code(strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(v))
	case map[string]any:
		return "–"
	case []any:
		var words []string
		for _, w := range v {
			words = append(words, fmt.Sprint(w))
		}
		return code(words...)
	case float64:
		return code(fmt.Sprintf("%.0f", v))
	}
	return code(fmt.Sprint(v))
}

// verbHelp is what --help prints of a verb, without what all verbs share.
func verbHelp(t *testing.T, args []string) string {
	help, _, _ := strings.Cut(postern(t, append(args, "--help")...), "\nGlobal Flags:")
	help, _, _ = strings.Cut(help, "\nUse \"postern")
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(help)) {
		if !strings.Contains(line, "-h, --help") {
			lines = append(lines, line)
		}
	}
	text := strings.TrimSpace(strings.Join(lines, ""))
	text = strings.TrimSpace(strings.TrimSuffix(text, "\n\nFlags:"))
	return "```text\n" + text + "\n```\n"
}

// verbIndex links to the page of each verb.
func verbIndex(t *testing.T) string {
	out := newTable("verb", "does")
	for _, verb := range verbs(t) {
		if verb == "help" || verb == "completion" {
			continue
		}
		short := regexp.MustCompile(`(?m)^  ` + verb + ` +(.*)$`).FindStringSubmatch(postern(t, "--help"))
		out.row("["+verb+"](verbs/"+verb+".md)", short[1])
	}
	return out.String()
}
