// Package authorized reads lines of an OpenSSH authorized_keys file: a public key with its options, or an authority whose
// certificates count. It understands what a file-transfer server can obey; an option that it could not obey is an error, so
// that no line is ever less strict than it reads.
//
// It is not for verifying signatures: a transport has done that, and tells the fingerprints of what it verified.
//
// The main calls are [Parse] and [Line.Admits].
package authorized

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Line is one line of an authorized_keys file.
type Line struct {
	Type       string // of the key: ssh-ed25519
	Print      string // "SHA256:…" of the key, as ssh-keygen -l prints it
	Authority  bool   // the key signs certificates (cert-authority)
	Principals []string
	From       []Network // empty: from everywhere
	Until      time.Time // expiry-time; zero: for ever
}

// Network is an entry of a from list.
type Network struct {
	netip.Prefix
	Not bool // written with "!": never from there, whatever else the list says
}

// maxLine is how long a line may be, in bytes: a key of RSA with 16,384 bits has some 3,000.
const maxLine = 16 << 10

// Parse reads one line. Comments, empty lines and everything that cannot be obeyed are errors.
func Parse(line string) (Line, error) {
	var l Line
	line = strings.Trim(line, " \t\r\n")
	switch {
	case len(line) > maxLine:
		return l, fmt.Errorf("the line has more than %d bytes", maxLine)
	case strings.ContainsAny(line, "\n\r\x00"):
		return l, errors.New("it is more than one line")
	case line == "" || line[0] == '#':
		return l, errors.New("it holds no key")
	}
	options, rest := "", line
	if first, _, _ := strings.Cut(line, " "); !isType(first) {
		if options, rest = splitOptions(line); rest == "" {
			return l, errors.New("it is no public key: type and key are needed")
		}
	}
	kind, rest, _ := strings.Cut(rest, " ")
	text, _, _ := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
	text, _, _ = strings.Cut(text, "\t")
	if text == "" {
		return l, errors.New("it is no public key: type and key are needed")
	}
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return l, errors.New("the key is not written in base64")
	}
	if err := checkKey(kind, blob); err != nil {
		return l, err
	}
	sum := sha256.Sum256(blob)
	l.Type, l.Print = kind, "SHA256:"+base64.RawStdEncoding.EncodeToString(sum[:])
	if err := l.obey(options); err != nil {
		return l, err
	}
	return l, nil
}

// splitOptions cuts the options off: they end at the first blank outside quotes.
func splitOptions(line string) (options, rest string) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && line[i+1] == '"':
			i++
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return line[:i], strings.TrimLeft(line[i:], " \t")
		}
	}
	return line, ""
}

// Admits reports whether the line lets this caller in: its verified key is the line's, or its certificate is signed by the
// line's authority for one of the line's principals, by default for name; and address and time are as the line wants them.
func (l Line) Admits(c *sdk.Claim, name string, peer netip.Addr, now time.Time) bool {
	if !l.knows(c, name) || !l.Until.IsZero() && !now.Before(l.Until) {
		return false
	}
	inside := len(l.From) == 0
	for _, n := range l.From {
		if n.Contains(peer.Unmap().WithZone("")) {
			if n.Not {
				return false
			}
			inside = true
		}
	}
	return inside
}

// knows compares the keys. A certificate stands for its authority alone, and one for nobody in particular for nobody.
func (l Line) knows(c *sdk.Claim, name string) bool {
	if l.Authority != (c.Authority != "") {
		return false
	}
	if !l.Authority {
		return c.Key != "" && c.Key == l.Print
	}
	wanted := l.Principals
	if len(wanted) == 0 {
		wanted = []string{name}
	}
	return c.Authority == l.Print && slices.ContainsFunc(c.Principals, func(p string) bool { return p != "" && slices.Contains(wanted, p) })
}
