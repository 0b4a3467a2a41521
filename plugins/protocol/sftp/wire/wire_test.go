package wire

import (
	"strings"
	"testing"
	"time"
)

func TestALongNameReadsLikeARowOfLs(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for want, a := range map[string]Attrs{
		"-rw-r--r--   1 postern  postern      1234 Nov 23 11:59 f":       {Mode: 0o100644, Size: 1234, MTime: Seconds(now.Add(-time.Minute))},
		"drwxr-xr-x   1 postern  postern         0 Mar  1  2024 f":       {Mode: 0o040755, MTime: Seconds(time.Date(2024, 3, 1, 1, 2, 3, 0, time.UTC))},
		"---------- 1 postern postern 18446744073709551615 Jan 1 1970 f": {Size: 1<<64 - 1},
	} {
		if got := string(appendLongName(nil, "f", a, now)); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") || a.Mode != 0 && got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := string(appendShown(nil, "a\nb\x1b[2J\xff é")); got != "a?b?[2J? é" {
		t.Errorf("the name shows as %q", got)
	}
}

func TestTimesThatDoNotFitAreCut(t *testing.T) {
	if Seconds(time.Time{}) != 0 || Seconds(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) != 1<<32-1 {
		t.Error("a time of another century wraps round")
	}
}

// FuzzCursor reads any bytes as any field: nothing panics, and nothing reaches beyond the end.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{0, 0, 0, 9, 6, 0, 0, 0, 1, 0, 0, 0, 0}, "saqu")
	f.Add(AppendAttrs(nil, 1, Attrs{Flags: 15}), "a")
	f.Fuzz(func(t *testing.T, b []byte, order string) {
		c := NewCursor(b)
		for _, k := range order {
			switch k % 4 {
			case 0:
				c.Uint32()
			case 1:
				c.Uint64()
			case 2:
				if s := c.String(); len(s) > len(b) {
					t.Fatal("a string longer than the input")
				}
			default:
				c.Attrs()
			}
		}
		h, err := ReadHead(b)
		if err != nil {
			return
		}
		if w, ok, err := ReadWrite(b, h); ok && err == nil && (w.Before+w.Len+w.After != h.Size || w.Len < 0 || w.After < 0) {
			t.Fatalf("%+v of %d bytes", w, h.Size)
		}
	})
}
