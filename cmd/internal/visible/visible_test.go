package visible

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatDoesNotPrintIsEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":         "plain text",
		"Ärger → 東京":         "Ärger → 東京",
		"\x1b]0;owned\a":     `\x1b]0;owned\a`,
		"a\nb\tc":            `a\nb\tc`,
		"c1: \u009b31m":      `c1: \u009b31m`,
		"turned: \u202eexe.": `turned: \u202eexe.`,
		"broken: \xff\xfe":   `broken: \xff\xfe`,
		"cut: \xe6\x9d":      `cut: \xe6\x9d`,
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) is %q, want %q", in, got, want)
		}
	}
	if got := Lines("a\x1b\nb"); got != `a\x1b`+"\nb" {
		t.Errorf("of several lines: %q", got)
	}
}

func FuzzTextNeverSpeaksToTheTerminal(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		got := Text(in)
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e }) || !utf8.ValidString(got) {
			t.Errorf("Text(%q) is %q", in, got)
		}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var back, want string
		if err := json.Unmarshal(JSON(b), &back); err != nil {
			t.Fatalf("JSON(%s) is no JSON: %v", b, err)
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if back != want {
			t.Errorf("JSON changed %q to %q", want, back)
		}
		if strings.ContainsFunc(string(JSON(b)), func(r rune) bool { return hidden(r) }) {
			t.Errorf("JSON(%q) still holds what does not print: %q", in, JSON(b))
		}
	})
}
