package config

import (
	"net/netip"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/authorized"
)

func (l *Loaded) checkPartners(r *report, protocols map[string]sdk.Description) {
	callers := map[string]string{}
	for _, id := range sorted(l.Partners) {
		p, at := l.Partners[id], Path{}.Key("partners").Key(id)
		if !p.Template {
			name := p.callName(id)
			if other, ok := callers[name]; ok {
				r.fault(at.Key("name"), "partner %s calls with the name %q too", other, name)
			}
			callers[name] = id
			p.checkProof(r, at)
			if len(p.Protocols) == 0 {
				r.fault(at.Key("protocols"), "is missing: it may speak no protocol; write protocols: [%s]", strings.Join(sorted(protocols), ", "))
			}
		}
		for i, name := range p.Protocols {
			if _, known := protocols[name]; !known {
				r.fault(at.Key("protocols").Item(i), "%q is no protocol of this server%s", name, didYouMean(name, sorted(protocols)))
			}
		}
		p.checkSecrets(r, at)
		p.checkCalls(r, at)
		l.checkMasks(r, at.Key("receive"), p.Receive)
		l.checkMasks(r, at.Key("send"), p.Send)
		if _, ok := l.Flows[p.DefaultFlow]; p.DefaultFlow != "" && !ok {
			r.fault(at.Key("default_flow"), "there is no flow %q%s", p.DefaultFlow, didYouMean(p.DefaultFlow, sorted(l.Flows)))
		}
	}
}

func (p Partner) callName(id string) string {
	if p.Name == "" {
		return id
	}
	return p.Name
}

// checkProof refuses a partner that could never prove who it is.
func (p Partner) checkProof(r *report, at Path) {
	keys := len(p.AuthorizedKeys) > 0 || p.KeysFile != ""
	if p.Password == "" && !keys && len(p.TLSNames) == 0 {
		r.keyFault(at, "nobody could prove to be this partner: give it a password, authorized_keys or tls_names")
		return
	}
	has := map[string]bool{"password": p.Password != "", "key": keys, "certificate": len(p.TLSNames) > 0}
	from := map[string]string{"password": "password", "key": "authorized_keys", "certificate": "tls_names"}
	for i, way := range p.Require {
		if !has[way] {
			r.fault(at.Key("require").Item(i), "%s is required, but there is no %s", way, from[way])
		}
	}
}

const secretPrefix = "secret://"

// looksHashed says whether a value is meant as a hash, whole or damaged.
func looksHashed(s string) bool {
	return strings.HasPrefix(s, "$argon2") || strings.HasPrefix(s, "$2a$") || strings.HasPrefix(s, "$2b$") || strings.HasPrefix(s, "$2y$")
}

func (p Partner) checkSecrets(r *report, at Path) {
	switch s := p.Password; {
	case s == "", strings.HasPrefix(s, secretPrefix):
	case looksHashed(s):
		if err := secret.CheckHash(sdk.NewSecret(s)); err != nil {
			r.fault(at.Key("password"), "%v; make a new one with: postern partner password", err)
		}
	default:
		r.fault(at.Key("password"), "is plain text; make a hash with: postern partner password, "+
			"or point at it with secret://env/NAME or secret://file/PATH")
	}
	switch s := p.LocalPassword; {
	case s == "", strings.HasPrefix(s, secretPrefix):
	case looksHashed(s):
		r.fault(at.Key("local_password"), "is a hash, but we must say the password itself: point at it with secret://env/NAME or secret://file/PATH")
	default:
		r.fault(at.Key("local_password"), "is plain text; point at it with secret://env/NAME or secret://file/PATH")
	}
}

func (p Partner) checkCalls(r *report, at Path) {
	for i, text := range p.AllowFrom {
		if _, err := parsePrefix(text); err != nil {
			r.fault(at.Key("allow_from").Item(i), "%q is no network: write 192.0.2.0/24 or 2001:db8::/32, or one address", text)
		}
	}
	for i, line := range p.AuthorizedKeys {
		if _, err := authorized.Parse(line); err != nil {
			r.fault(at.Key("authorized_keys").Item(i), "%v", err)
		}
	}
	for i, h := range p.Hours {
		h.check(r, at.Key("hours").Item(i))
	}
}

// parsePrefix reads a network, or one address.
// ParseNetwork reads a network, or one address.
func ParseNetwork(text string) (netip.Prefix, error) { return parsePrefix(text) }

func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func (h Hours) check(r *report, at Path) {
	if from, ok := parseClock(h.From); !ok || from == 24*time.Hour {
		r.fault(at.Key("from"), "%q is no time of day: write HH:MM, from 00:00 to 23:59", h.From)
	}
	if _, ok := parseClock(h.To); !ok {
		r.fault(at.Key("to"), "%q is no time of day: write HH:MM, from 00:00 to 24:00", h.To)
	}
	if _, err := time.LoadLocation(h.Timezone); err != nil || h.Timezone == "Local" {
		r.fault(at.Key("timezone"), "%q is no time zone: write a name like Europe/Paris", h.Timezone)
	}
}

// parseClock reads HH:MM as a time since midnight. 24:00 is the end of the day.
func parseClock(text string) (time.Duration, bool) {
	if text == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", text)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil && len(text) == 5
}

// checkMasks checks the flows of a grant: a name must be a flow's, a mask may name flows that are yet to come.
func (l *Loaded) checkMasks(r *report, at Path, masks []string) {
	for i, m := range masks {
		if _, known := l.Flows[m]; !known && !naming.IsMask(m) {
			r.fault(at.Item(i), "there is no flow %q%s", m, didYouMean(m, sorted(l.Flows)))
		}
	}
}
