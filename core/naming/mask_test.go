package naming

import (
	"strings"
	"testing"
)

func TestAMaskMatches(t *testing.T) {
	for _, c := range []struct {
		mask, name string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "anything/at all", true}, {"?", "", false}, {"?", "a", true},
		{"?", "é", true}, {"?", "ab", false}, {"??", "é", false}, {"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "ac", true},
		{"a*c", "abcd", false}, {"A*", "abc", false}, {"*b*", "abc", true}, {"a**c", "abc", true}, {"*.txt", "x.txt", true},
		{"*.txt", "x.txt.gz", false}, {"a?c*e", "abcde", true}, {"*a*b", "aab", true}, {"*?", "", false}, {"[a-c]", "b", false},
		{"[a-c]", "[a-c]", true}, {`\*`, "*", false}, {`\*`, `\x`, true}, {"\xff*", "\xffa", true}, {"\xff", "\uFFFD", false},
		{"\xff", "\xfe", false}, {strings.Repeat("a", 63) + "?", strings.Repeat("a", 64), true},
		{strings.Repeat("a", 64) + "?b", strings.Repeat("a", 65) + "b", true},
		{strings.Repeat("a", 130) + "*" + strings.Repeat("b", 130), strings.Repeat("a", 130) + "xyz" + strings.Repeat("b", 130), true},
		{strings.Repeat("a", 130) + "*" + strings.Repeat("b", 130), strings.Repeat("a", 129) + "xyz" + strings.Repeat("b", 130), false},
	} {
		if got := Match(c.mask, c.name); got != c.want {
			t.Errorf("mask %.60q and name %.60q: %v", c.mask, c.name, got)
		}
	}
	if IsMask("a.b") || !IsMask("a*") || !IsMask("?") {
		t.Error("a mask is not told from a name")
	}
}

// matchSlowly is the meaning of a mask, spelt out.
func matchSlowly(mask, name []rune) bool {
	if len(mask) == 0 {
		return len(name) == 0
	}
	if mask[0] == '*' {
		return matchSlowly(mask[1:], name) || len(name) > 0 && matchSlowly(mask, name[1:])
	}
	return len(name) > 0 && (mask[0] == '?' || mask[0] == name[0]) && matchSlowly(mask[1:], name[1:])
}

func TestEveryShortMaskMatchesWhatItMeans(t *testing.T) {
	var masks, names []string
	words("ab*?", 4, func(s string) { masks = append(masks, s) })
	words("ab", 5, func(s string) { names = append(names, s) })
	for _, mask := range masks {
		for _, name := range names {
			if got, want := Match(mask, name), matchSlowly([]rune(mask), []rune(name)); got != want {
				t.Fatalf("mask %q and name %q: %v, want %v", mask, name, got, want)
			}
		}
	}
}

func words(alphabet string, most int, each func(string)) {
	each("")
	level := []string{""}
	for range most {
		var next []string
		for _, w := range level {
			for _, c := range alphabet {
				next = append(next, w+string(c))
				each(w + string(c))
			}
		}
		level = next
	}
}

func TestAHostileMaskTakesNoLongerThanAnother(t *testing.T) {
	mask := strings.Repeat("a*", 5000) + "b"
	if Match(mask, strings.Repeat("a", 50_000)) {
		t.Error("it matched")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*", "")
	f.Fuzz(func(t *testing.T, mask, name string) {
		if len(mask) > 12 || len(name) > 24 {
			return
		}
		m, n := []rune(mask), []rune(name)
		if string(m) != mask || string(n) != name {
			Match(mask, name)
			return
		}
		if got, want := Match(mask, name), matchSlowly(m, n); got != want {
			t.Fatalf("mask %q and name %q: %v, want %v", mask, name, got, want)
		}
	})
}
