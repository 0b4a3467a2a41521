package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSinceIsATimeADayOrHowLongAgo(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"":                          {},
		"2h":                        now.Add(-2 * time.Hour),
		"3d":                        now.Add(-72 * time.Hour),
		"1d12h":                     now.Add(-36 * time.Hour),
		"2026-05-01":                time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		"06:00":                     time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC),
		"2026-05-01 06:00":          time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC),
		"2026-05-01T10:00:00Z":      time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC),
		"2026-05-01T10:00:00+02:00": time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC),
	} {
		got, err := parseSince("--since", in, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q is %s (%v), want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"yesterday", "none", "-2h", "2026-13-01"} {
		_, err := parseSince("--since", in, now)
		var e *exitError
		if !errors.As(err, &e) || e.status != statusUsage {
			t.Errorf("%q gives %v, want wrong usage", in, err)
		}
	}
}

func testApp() (*app, *bytes.Buffer) {
	var out bytes.Buffer
	return &app{out: &out, errs: &bytes.Buffer{}, output: outputText}, &out
}

func TestATableIsAlignedWhateverTheScript(t *testing.T) {
	a, out := testApp()
	table := a.table("file", "bytes", "note")
	for _, row := range [][3]string{{"a", "1", "x"}, {"東京.txt", "1234", ""}, {"esc\x1b", "7", "z"}} {
		if err := table.row(plain(row[0]), number(row[1]), plain(row[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.end(); err != nil {
		t.Fatal(err)
	}
	want := "FILE      BYTES  NOTE\na             1  x\n東京.txt   1234  \nesc\\x1b       7  z\n"
	if out.String() != want {
		t.Errorf("the table is\n%s\nwant\n%s", out, want)
	}
}

func TestColoursAreOnlyThereWhereTheyAreWanted(t *testing.T) {
	a, out := testApp()
	table := a.table("status")
	if table.colours {
		t.Fatal("a buffer is taken for a terminal")
	}
	table.colours = true
	if err := errors.Join(table.row(cell{text: "done\x1b", colour: green}), table.end()); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[1mSTATUS\x1b[0m\n\x1b[32mdone\\x1b\x1b[0m\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestALongTableIsPrintedWhileItGrows(t *testing.T) {
	a, out := testApp()
	table := a.table("n")
	for i := range 2 * deciding {
		before := out.Len()
		if err := table.row(plain(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if i > deciding && out.Len() == before {
			t.Fatalf("row %d was not printed", i)
		}
	}
	if err := table.end(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 2*deciding+1 {
		t.Errorf("%d lines, want %d", n, 2*deciding+1)
	}
}

func TestAnArrayThatIsCutIsNoJSON(t *testing.T) {
	items := func(n int, end error) func(func(json.RawMessage, error) bool) {
		return func(yield func(json.RawMessage, error) bool) {
			for range n {
				if !yield(json.RawMessage(`{"a":1}`), nil) {
					return
				}
			}
			if end != nil {
				yield(nil, end)
			}
		}
	}
	for n := range 3 {
		a, out := testApp()
		if err := a.printArray(items(n, nil)); err != nil {
			t.Fatal(err)
		}
		var got []map[string]int
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != n {
			t.Errorf("%d items print as %q (%v)", n, out, err)
		}
	}
	a, out := testApp()
	if err := a.printArray(items(2, errors.New("cut"))); err == nil || json.Valid(out.Bytes()) {
		t.Errorf("a cut list ends with %v and prints %q", err, out)
	}
}

func TestATableLeavesSpareColumnsOutUntilItFits(t *testing.T) {
	for width, want := range map[int]string{0: "A  B  C", 80: "A  B  C", 12: "A  C", 5: "A  C"} {
		var out, errs bytes.Buffer
		a := newApp()
		a.out, a.errs = &out, &errs
		tab := a.table("a", "b", "c")
		tab.spare = []string{"b"}
		tab.waiting = append(tab.waiting, []cell{plain("1"), plain("22222"), plain("reason")})
		tab.widths = []int{1, 5, 6}
		tab.fit(width)
		got := strings.Join(strings.Fields(tab.line(tab.waiting[0])), "  ")
		if got != want || (errs.Len() > 0) != (want == "A  C") {
			t.Errorf("width %d: %q, and %q", width, got, errs.String())
		}
	}
}
