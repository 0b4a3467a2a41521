package authorized

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// harmless options take away what is never offered: there is no shell, no forwarding and no terminal.
func harmless(name string) bool {
	switch name {
	case "restrict", "no-pty", "no-port-forwarding", "no-agent-forwarding", "no-x11-forwarding", "no-user-rc":
		return true
	}
	return false
}

// obey takes the options in front of a key.
func (l *Line) obey(options string) error {
	for options != "" {
		name, value, given, rest, err := nextOption(options)
		if err != nil {
			return err
		}
		options = rest
		if err := l.option(strings.ToLower(name), value, given); err != nil {
			return err
		}
	}
	if len(l.Principals) > 0 && !l.Authority {
		return errors.New("principals belongs to cert-authority")
	}
	return nil
}

// nextOption takes one option off the front: name or name="value".
func nextOption(s string) (name, value string, given bool, rest string, err error) {
	end := strings.IndexAny(s, ",=")
	if end < 0 {
		return s, "", false, "", nil
	}
	name = s[:end]
	if s[end] == ',' {
		return name, "", false, s[end+1:], nil
	}
	s = s[end+1:]
	if s == "" || s[0] != '"' {
		return "", "", false, "", fmt.Errorf("the option %s has no value in quotes", shown(name))
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte('"')
		case s[i] != '"':
			b.WriteByte(s[i])
		case i+1 == len(s):
			return name, b.String(), true, "", nil
		case s[i+1] == ',':
			return name, b.String(), true, s[i+2:], nil
		default:
			return "", "", false, "", fmt.Errorf("behind the value of %s there is no comma", shown(name))
		}
	}
	return "", "", false, "", fmt.Errorf("the value of %s has no end", shown(name))
}

func (l *Line) option(name, value string, given bool) (err error) {
	switch {
	case given != (name == "principals" || name == "from" || name == "expiry-time" || name == "command") && known(name):
		return fmt.Errorf("the option %s is not written like this", name)
	case harmless(name):
	case name == "cert-authority":
		l.Authority = true
	case name == "principals":
		l.Principals, err = words(name, value, l.Principals != nil)
	case name == "from":
		err = l.from(value)
	case name == "expiry-time":
		err = l.expiry(value)
	case name == "command" && value == "internal-sftp": // it is all that there is
	case known(name):
		return fmt.Errorf("the command %s cannot be run: nothing but SFTP is offered", shown(value))
	default:
		return fmt.Errorf("the option %s is not supported, and so the line would be less strict than it reads", shown(name))
	}
	return err
}

func known(name string) bool {
	switch name {
	case "cert-authority", "principals", "from", "expiry-time", "command":
		return true
	}
	return harmless(name)
}

func words(name, value string, twice bool) ([]string, error) {
	out := strings.Split(value, ",")
	for i, w := range out {
		out[i] = strings.TrimSpace(w)
		if out[i] == "" {
			return nil, fmt.Errorf("%s holds an empty name", name)
		}
	}
	if twice {
		return nil, fmt.Errorf("%s is there twice", name)
	}
	return out, nil
}

func (l *Line) from(value string) error {
	list, err := words("from", value, l.From != nil)
	if err != nil {
		return err
	}
	for _, w := range list {
		text, not := strings.CutPrefix(w, "!")
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); bad == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p != p.Masked() {
			return fmt.Errorf("from: %s is neither an address nor a network: host names and patterns are not supported", shown(w))
		}
		l.From = append(l.From, Network{p, not})
	}
	return nil
}

// expiry reads YYYYMMDD[HHMM[SS]][Z]: UTC with a Z, else the time of the server's zone.
func (l *Line) expiry(value string) (err error) {
	if !l.Until.IsZero() {
		return errors.New("expiry-time is there twice")
	}
	text, utc := strings.CutSuffix(value, "Z")
	zone := time.Local
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(text) == len(layout) {
			if l.Until, err = time.ParseInLocation(layout, text, zone); err == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("expiry-time: %s is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z for UTC", shown(value))
}

// shown quotes what a file says, as far as a message should hold it.
func shown(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most]
	}
	return fmt.Sprintf("%q", s)
}
