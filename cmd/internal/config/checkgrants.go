package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// headerName is what RFC 9110 calls a token.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (l *Loaded) checkGrants(r *report, at Path, g Grants) {
	for i, id := range g.Partners {
		p, ok := l.Partners[id]
		switch where := at.Key("partners").Item(i); {
		case !ok:
			r.fault(where, "there is no partner %q%s", id, didYouMean(id, sorted(l.Partners)))
		case p.Template:
			r.fault(where, "%s is a template and never calls", id)
		}
	}
	for i, origin := range g.HTTP {
		if what := originFault(origin); what != "" {
			r.fault(at.Key("http").Item(i), "%q %s", origin, what)
		}
	}
	for _, origin := range sorted(g.Headers) {
		where := at.Key("headers").Key(origin)
		if !slices.Contains(g.HTTP, origin) {
			r.keyFault(where, "is none of the origins in http%s", didYouMean(origin, g.HTTP))
		}
		for _, name := range sorted(g.Headers[origin]) {
			switch {
			case !headerName.MatchString(name) || hostsOwn(name):
				r.keyFault(where.Key(name), "is no header that can be set")
			case strings.ContainsFunc(g.Headers[origin][name], unicode.IsControl):
				r.fault(where.Key(name), "is no value of a header")
			}
		}
	}
	for _, name := range sorted(g.Folders) {
		if !exitName.MatchString(name) || strings.Trim(name, ".") == "" {
			r.keyFault(at.Key("folders").Key(name), "is no name of one path element")
		}
	}
}

// hostsOwn says whether a header belongs to the connection and not to the request.
func hostsOwn(name string) bool {
	return slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}, strings.ToLower(name))
}

// originFault says what is wrong with scheme://host:port.
func originFault(origin string) string {
	u, err := url.Parse(origin)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Scheme+"://"+u.Host != origin:
		return "is no origin: write https://host or https://host:port, and nothing after it"
	case strings.Contains(u.Host, "*"):
		return "is no origin: each host must be written out"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "is neither https nor http to this machine"
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && a.IsLoopback()
}
