package wasm

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// What the headers of a module's request are held to.
const (
	maxHeaderCount = 32
	maxHeaders     = 8 << 10 // bytes of names and values in all
)

// headerName is what RFC 9110, section 5.6.2, calls a token.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// hostHeaders are what a module does not set: what frames the message or belongs to the connection (RFC 9110, sections 7.2,
// 7.6.1 and 10.1.1), what a proxy asks for, and the content type, which has a field of its own.
var hostHeaders = []string{"Connection", "Content-Length", "Content-Type", "Expect", "Host", "Http2-Settings", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// checkHeaders says what keeps headers of a module from being sent beside those of the grant. An error names a header and never
// says its value, which may be a token.
func checkHeaders(named map[string]string, granted http.Header) error {
	if len(named) > maxHeaderCount {
		return fmt.Errorf("%d headers, and %d may be set", len(named), maxHeaderCount)
	}
	size, seen := 0, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if size += len(name) + len(named[name]); size > maxHeaders {
			return fmt.Errorf("the headers have more than %d bytes", maxHeaders)
		}
		one := http.CanonicalHeaderKey(name)
		switch {
		case !headerName.MatchString(name):
			return fmt.Errorf("header %q: this is no name of a header", printable(name, 100))
		case slices.Contains(hostHeaders, one):
			return fmt.Errorf("header %s: a module does not set it", one)
		case len(granted[one]) > 0:
			return fmt.Errorf("header %s: the grant sets it", one)
		case seen[one]:
			return fmt.Errorf("header %s: it is there twice", one)
		case !headerValue(named[name]):
			return fmt.Errorf("header %s: its value is not text of one line", one)
		}
		seen[one] = true
	}
	return nil
}

// headerValue reports whether a text is what RFC 9110, section 5.5, calls a field value.
func headerValue(v string) bool {
	return strings.Trim(v, " \t") == v && !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
