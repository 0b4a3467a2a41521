// Package admission checks what holds for a partner whoever supplied the record: that it is no template, that nobody
// switched it off, and that it may call from this address, with this protocol, at this hour.
//
// It is not for proving who calls: that is the identify point's question, which comes first. The number of sessions a
// partner may have is counted by core/limit.
//
// The main call is [Check].
package admission

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
)

// Check returns why the partner may not call, nil when it may. Protocols is a closed list: an empty one allows none.
// AllowFrom and Hours allow everything when they are empty. A nil partner is refused.
func Check(p *sdk.Partner, peer netip.Addr, protocol string, now time.Time) *sdk.Refusal {
	switch {
	case p == nil:
		return sdk.Refuse(sdk.PartnerUnknown, "nobody was identified")
	case p.Template:
		return sdk.Refuse(sdk.PartnerUnknown, "the partner %s is a template and never calls", p.ID).By(rule(p, "template"))
	case p.Disabled:
		return sdk.Refuse(sdk.PartnerDisabled, "the partner %s is disabled", p.ID).By(rule(p, "disabled"))
	case !slices.Contains(p.Protocols, protocol):
		return sdk.Refuse(sdk.ProtocolForbidden, "the partner %s may not speak %s", p.ID, protocol).By(rule(p, "protocols"))
	case !from(p.AllowFrom, peer):
		return sdk.Refuse(sdk.PartnerAddress, "the partner %s may not call from %s", p.ID, peer).By(rule(p, "allow_from"))
	case !open(p.Hours, now):
		return sdk.Refuse(sdk.PartnerHours, "the partner %s may not call at %s: its hours are %s", p.ID, now.UTC().Format("Mon 15:04 MST"),
			hoursOf(p)).By(rule(p, "hours"))
	}
	return nil
}

// rule names the key of the partner's record.
func rule(p *sdk.Partner, key string) string { return sdk.RuleOf("partners", p.ID, key) }

// from knows an IPv4 address in its IPv6 clothes (::ffff:192.0.2.1), and leaves the zone of a local address aside.
func from(allowed []netip.Prefix, peer netip.Addr) bool {
	peer = peer.Unmap().WithZone("")
	for _, p := range allowed {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		if p.Contains(peer) {
			return true
		}
	}
	return len(allowed) == 0
}

func hoursOf(p *sdk.Partner) string {
	var all []string
	for _, h := range p.Hours {
		all = append(all, h.String())
	}
	return strings.Join(all, ", ")
}

func open(hours []sdk.Hours, now time.Time) bool {
	for _, h := range hours {
		if h.Open(now) {
			return true
		}
	}
	return len(hours) == 0
}
