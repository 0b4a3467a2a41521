package wasm

import (
	"regexp"
	"strings"
	"unicode"
)

const traceHead = "\nwasm stack trace:\n\t"

// signature is what the runtime writes behind a function's name in a trace.
var signature = regexp.MustCompile(`\([a-z0-9,]*\)( [a-z0-9]+| \([a-z0-9,]+\))?$`)

// where finds, in a trap's text, what happened and in which function of the module: "" when that is not known.
func where(text, module string) (what, function string) {
	what, trace, found := strings.Cut(text, traceHead)
	what = strings.TrimPrefix(what, "wasm error: ")
	what = strings.TrimSuffix(what, " (recovered by wazero)")
	if !found {
		return printable(what, 200), ""
	}
	for frame := range strings.SplitSeq(trace, "\n\t") {
		if isHostFrame(frame) {
			continue
		}
		name := signature.ReplaceAllString(frame, "")
		name = strings.TrimPrefix(name, module+".")
		if strings.HasPrefix(name, "$") {
			name = "function " + name[1:] // the module bears no names
		}
		return printable(what, 200), printable(name, 100)
	}
	return printable(what, 200), ""
}

func isHostFrame(frame string) bool {
	for _, m := range [...]string{hostModule, wasiModule, envModule} {
		if strings.HasPrefix(frame, m+".") {
			return true
		}
	}
	return false
}

// maxWords is how many bytes an error says of what a module has written.
const maxWords = 300

// printable makes a module's words fit for one line of a log.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}
