package directory

import "strings"

// bears reports whether a certificate with these names bears one of the wanted ones. Upper and lower case of ASCII
// letters are the same, as in host names.
func bears(names, wanted []string) bool {
	for _, w := range wanted {
		for _, n := range names {
			if w != "" && lower(n) == lower(w) {
				return true
			}
		}
	}
	return false
}

func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + ('a' - 'A')
		}
		return c
	}, s)
}
