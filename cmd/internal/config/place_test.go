package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestARuleIsFoundInTheLayerThatGaveIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.yaml")
	text := "data_dir: ./d\npartners:\n  PARIS: {protocols: [p], receive: [A, B], tls_names: [x]}\n  \"A.B\": {hours: [{from: \"06:00\", to: \"22:00\"}], protocols: [p], tls_names: [y]}\nlisteners: {l: {protocol: p, address: \"127.0.0.1:0\"}}\nflows:\n  A: {path: x}\n  B: {path: y}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Load(Options{Path: file, Protocols: map[string]sdk.Description{"p": {}}, Environ: []string{"POSTERN_LIMITS__MAX_TRANSFERS=7"}, Set: []string{"partners.PARIS.disabled=true"}})
	if err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[string]string{
		"partners.PARIS.receive":                   file + ":3:36",
		sdk.RuleItem("partners.PARIS.receive", 1):  file + ":3:40",
		sdk.RuleOf("partners", "A.B", "hours"):     file + ":4:18",
		"limits.max_transfers":                     "environment POSTERN_LIMITS__MAX_TRANSFERS",
		"partners.PARIS.disabled":                  "--set partners.PARIS.disabled",
		"partners.PARIS.send":                      "default; partners.PARIS is at " + file + ":3:3",
		"limits.max_sessions":                      "default",
		"partners.MADE.receive":                    "",
		"exits.directory":                          "",
		"nothing.of.it":                            "",
		sdk.RuleOf("partners", "MADE.UP", "hours"): "",
	} {
		if got := l.Place(rule); got != want {
			t.Errorf("%s is at %q, want %q", rule, got, want)
		}
	}
}

func TestRulesAreWrittenAsFaultsAre(t *testing.T) {
	for _, keys := range [][]string{{"partners", "PARIS", "send"}, {"partners", "A.B", "send"}, {"flows", "a b"}, {"flows", ""}, {"flows", `a"b\c`}, {"flows", "é[0]"}} {
		at := Path{}
		for _, k := range keys {
			at = at.Key(k)
		}
		if got := sdk.RuleOf(keys...); got != at.String() {
			t.Errorf("%q is written %s, the fault's is %s", keys, got, at)
		}
		if got := sdk.RuleItem(sdk.RuleOf(keys...), 3); got != at.Item(3).String() {
			t.Errorf("an item of %q is written %s", keys, got)
		}
	}
}
