package sdk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSiblingStandsBesideTheName(t *testing.T) {
	long := strings.Repeat("é", 127)
	for _, c := range []struct {
		name string
		n    int
		want string
	}{
		{"orders.csv", 1, "orders-1.csv"},
		{"orders", 12, "orders-12"},
		{"a.tar.gz", 2, "a.tar-2.gz"},
		{"x." + strings.Repeat("y", 200), 1, "x." + strings.Repeat("y", 200) + "-1"},
		{long + ".", 3, strings.Repeat("é", 126) + "-3."},
	} {
		got := Sibling(c.name, c.n)
		if got != c.want {
			t.Errorf("sibling %d of %q is %q, want %q", c.n, c.name, got, c.want)
		}
		if len(got) > MaxElement || !utf8.ValidString(got) {
			t.Errorf("sibling %d of %q has %d bytes or is no UTF-8", c.n, c.name, len(got))
		}
	}
}

func TestCheckPathRefusesWhatNoBackendMayTake(t *testing.T) {
	for _, p := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.b", "a\\b", "a\x00", "a\nb", "\xff",
		" ", "a/ /b", "a/\u202egpj.exe", "a\u0085", strings.Repeat("x", 256), strings.Repeat("x/", 2100) + "x"} {
		if CodeOf(CheckPath(p)) != FileName {
			t.Errorf("the path %.40q was not refused", p)
		}
	}
	for _, p := range []string{"a", "in/PARIS/é.txt", "a b", "a..b", "x...", strings.Repeat("x", 255)} {
		if err := CheckPath(p); err != nil {
			t.Errorf("the path %.40q was refused: %v", p, err)
		}
	}
}

func TestCheckIDTakesOnlyWhatIsSafeInAName(t *testing.T) {
	for _, id := range []string{"", ".", "a/b", "a.b", "a b", "é", strings.Repeat("a", MaxID+1)} {
		if CodeOf(CheckID(id)) != FileName {
			t.Errorf("the id %q was not refused", id)
		}
	}
	if err := CheckID("01J_abc-XYZ"); err != nil {
		t.Errorf("a good id was refused: %v", err)
	}
}
