package backendtest

import (
	"fmt"
	"slices"
	"strings"
)

// HostileNames generates names that peers send to get out of where they belong: more than 3,000, each once, in the same
// order every time. They are for file names, labels, partners and whole paths alike. What may be stored of them is
// said by sdk.CheckPath; where it is stored is what a backend proves. The aims they climb to are the folders BOB and
// outside, each with a file named secret.
func HostileNames() []string {
	var names []string
	for _, group := range [][]string{climbs(), absolutes(), controls(), devices(), edges(), longNames(), lookalikes(), hidden(),
		links()} {
		names = append(names, group...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(n string) bool {
		was := seen[n]
		seen[n] = true
		return was
	})
}

// separators are ways of writing / and \: plain, doubled, encoded once and twice, overlong UTF-8, look-alikes.
var separators = [...]string{"/", `\`, "//", "/./", `\\`, `/\`, "%2f", "%2F", "%5c", "%252f", "%c0%af", "&#47;", "\\u002f",
	"\u2215", "\u2044", "\uff0f", "\uff3c", "\u29f8", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xc1\x9c", "\x00/", "/\x00",
	":", ";/"}

// parents are ways of writing the folder above.
var parents = [...]string{"..", ".", "...", "....", "%2e%2e", "%2E.", "%252e%252e", "\u2024\u2024", "\u2025", "\u2026",
	"\uff0e\uff0e", "\xc0\xae\xc0\xae", "\xe0\x80\xae\xe0\x80\xae", "\xf0\x80\x80\xae.", ".. ", " ..", "..;", ".\x00.", ".\u200d.",
	".\u00ad.", "..\t", "..\u00a0", "..%00", "~", "$HOME", "%USERPROFILE%"}

func climbs() (names []string) {
	for _, up := range parents {
		for _, sep := range separators {
			for _, aim := range []string{"BOB" + sep + "secret", "outside" + sep + "secret"} {
				for _, steps := range []int{1, 2, 9} {
					names = append(names, strings.Repeat(up+sep, steps)+aim)
				}
				names = append(names, "x"+sep+up+sep+up+sep+aim)
			}
			names = append(names, up, up+sep, sep+up, "x"+sep+up)
		}
	}
	return names
}

func absolutes() (names []string) {
	for _, root := range []string{"/", "//", "///", `\`, `\\`, `\\?\`, `\\.\`, `\\?\UNC\`, `\??\`, "C:", `C:\`, "C:/", "c:..\\", "Z:", "1:",
		"file:///", "file://localhost/", "//server/share/", `\\server\share\`, `\\127.0.0.1\c$\`, "smb://server/", "DISK$A:[000000]",
		"'SYS1.PARMLIB'", "/proc/self/root/", "/proc/self/cwd/../", "/dev/fd/", "~root/", "~/", "%SystemRoot%\\"} {
		for _, rest := range []string{"", "etc/passwd", "outside/secret", "BOB", `BOB\secret`, "..", "x"} {
			names = append(names, root+rest)
		}
	}
	return names
}

// controls puts every control character, and what turns text around, at the start, the middle and the end.
func controls() (names []string) {
	var bad []string
	for r := rune(0); r < 0xa0; r++ {
		if r < 0x20 || r >= 0x7f {
			bad = append(bad, string(r))
		}
	}
	for b := 0x80; b < 0x100; b += 5 {
		bad = append(bad, string([]byte{byte(b)}))
	}
	bad = append(bad, "\r\n", "\x1b[2J", "\x1b]0;x\a", "\u2028", "\u2029", "\u200e", "\u200f", "\u061c", "\ufeff", "\u202a", "\u202b",
		"\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xfe", "\xff\xfe", "\xe2\x82", "\xf0\x9f\x98")
	for _, c := range bad {
		names = append(names, c, c+"a", "a"+c+"b", "a"+c, "BOB"+c+"/secret", ".."+c)
	}
	return names
}

// devices are names that some system gives a meaning to, plain and dressed up.
func devices() (names []string) {
	bare := []string{"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$", "COM¹", "LPT²", "fifo", "null", "zero", "-rf", "--", "*",
		"?", "[a]", "{a,b}", "$(id)", "`id`", "|id", ";id", "&id", ">x", "<x", "\"", "'", "#", "!", "%s%n", "%x"}
	for i := range 10 {
		bare = append(bare, fmt.Sprintf("COM%d", i), fmt.Sprintf("LPT%d", i))
	}
	for _, b := range bare {
		names = append(names, b, strings.ToLower(b), b+".txt", b+" ", b+".", b+":", b+"::$DATA", "x/"+b)
	}
	return names
}

// edges are blanks and dots where they are not seen.
func edges() (names []string) {
	blanks := []string{" ", "  ", "\u00a0", "\u2003", "\u3000", "\u200b", "\u180e", "\u1680", "\u2060", "\u00ad", ".", ". .", " .", "..", "…"}
	for _, b := range blanks {
		for _, n := range []string{"", "a", "BOB", "secret", "PARIS", "a.txt"} {
			names = append(names, n+b, b+n, b+n+b, n+b+"/secret", b+"/"+n)
		}
	}
	return append(names, "", "/", "//", "a//b", "a/", "/a/", "a/b/../../..")
}

func longNames() (names []string) {
	for _, unit := range []string{"a", "é", "\u20ac", "\U0001f600", "e\u0301", ".", " ", "a/", "../", "a.", "%2e"} {
		for _, bytes := range []int{199, 200, 201, 203, 254, 255, 256, 257, 1023, 4095, 4096, 4097, 70_000} {
			n := strings.Repeat(unit, bytes/len(unit)+1)
			names = append(names, n[:bytes], "a"+n[:bytes-1])
		}
	}
	return names
}

// lookalikes read as another partner, as a dot or as a separator, or become so in some normal form.
func lookalikes() (names []string) {
	for _, bob := range []string{"BOB", "bob", "ＢＯＢ", "ВОВ", "BO\u200dB", "BOB\u0301", "B\u00d6B", "BO\u0308B", "\u212aOB", "BOB\ufe0f"} {
		for _, sep := range separators {
			names = append(names, bob, bob+sep+"secret", "in"+sep+bob, "in"+sep+bob+sep+"secret", ".."+sep+bob+sep+"secret")
		}
	}
	return names
}

// hidden are the backend's own names, and those of an operator.
func hidden() (names []string) {
	for _, h := range []string{".postern-t1.part", ".postern-", ".postern", ".POSTERN-t1.part", ".ssh/authorized_keys", ".bashrc", ".git/config",
		".htaccess", "..secret", "._x", ".nfs0001", ".~lock", "..\u0301", ".\u0301."} {
		names = append(names, h, "x/"+h, h+"/x", "./"+h, "../ALICE/"+h)
	}
	return names
}

// links go through links that a test plants: link leads to BOB, chain1 to link, out to outside, loop to itself.
func links() (names []string) {
	for _, l := range []string{"link", "chain1", "chain2", "out", "abs", "loop", "dangling", "fifo", "inner", "secretlink"} {
		for _, rest := range []string{"", "/", "/secret", "/new", "/../secret", "/../BOB/secret", "/.", "/..", "/sub/new", "//new"} {
			names = append(names, l+rest, "x/../"+l+rest)
		}
	}
	return names
}
