package wasm

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern/postern/sdk"
)

// Grants are what a module may do besides computing. All are off unless set.
type Grants struct {
	Password       bool // sees the caller's secret and new secret
	Stored         bool // sees the partner's stored secrets
	VerifyPassword bool // has the host compare the caller's secret with a hash
	File           bool // reads the file, at open (send) and verify
	Clock          bool // reads the clock; without it time stands still during a call
	Store          bool // keeps up to 1 MiB of values
	// HTTP lists the origins that the module may ask.
	HTTP []Origin
	// Roots are the authorities trusted for HTTP; nil: the system's.
	Roots *x509.CertPool
	// Folders maps names to folders: the module reads the files below the folder as /name/… and writes nothing.
	Folders map[string]string
	// Backend is the one below, for a backend over another one.
	Backend sdk.Backend
}

// Origin is where a module may send HTTP requests.
type Origin struct {
	URL     string            // scheme, host and port: https://ldap.example.org, http://127.0.0.1:8080
	Headers map[string]string // sent with every request to it; the module never sees them
}

// names lists the grants that are given, in the words of Describe.
func (g *Grants) names() []string {
	var out []string
	add := func(given bool, name string) {
		if given {
			out = append(out, name)
		}
	}
	add(g.Password, sdk.GrantPassword)
	add(g.Stored, sdk.GrantStored)
	add(g.VerifyPassword, sdk.GrantVerifyPassword)
	add(g.File, sdk.GrantFile)
	add(len(g.HTTP) > 0, sdk.GrantHTTP)
	add(len(g.Folders) > 0, sdk.GrantFolder)
	add(g.Clock, sdk.GrantClock)
	add(g.Store, sdk.GrantStore)
	add(g.Backend != nil, sdk.GrantBackend)
	return out
}

// missing lists what is needed and not given.
func (g *Grants) missing(needed []string) []string {
	given := g.names()
	var out []string
	for _, n := range needed {
		if !slices.Contains(given, n) {
			out = append(out, n)
		}
	}
	return out
}

func (g *Grants) faults() (faults []error) {
	for _, o := range g.HTTP {
		if _, err := o.parse(); err != nil {
			faults = append(faults, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Folders)) {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			faults = append(faults, fmt.Errorf("grants.folders: %q is no name of one path element", name))
		}
		if !filepath.IsAbs(g.Folders[name]) {
			faults = append(faults, fmt.Errorf("grants.folders.%s: %q is not absolute", name, g.Folders[name]))
		}
	}
	return faults
}

// parse checks an origin and gives it in its one spelling: scheme://host:port.
func (o Origin) parse() (string, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return "", fmt.Errorf("grants.http: %w", err)
	}
	if u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("grants.http: %q is not scheme, host and port alone", o.URL)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return "", fmt.Errorf("grants.http: %q is neither https nor http to this machine", o.URL)
	}
	return originOf(u), nil
}

func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
