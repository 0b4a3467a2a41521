// Package count says how many of something there are, as people read it: 1 file, 2 entries, no "1 files".
//
// It is not for logs' fields and JSON, which hold numbers.
//
// The main call is [Of].
package count

import (
	"strconv"
	"strings"
)

// Of gives the number with its noun, which is in the singular: its last word is made plural as English does it regularly.
func Of[N ~int | ~int64 | ~uint64](n N, noun string) string {
	if n != 1 {
		noun = plural(noun)
	}
	return strconv.FormatInt(int64(n), 10) + " " + noun
}

func plural(noun string) string {
	stem, y := strings.CutSuffix(noun, "y")
	switch {
	case y && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou"):
		return stem + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "sh"):
		return noun + "es"
	}
	return noun + "s"
}
