package admission

import (
	"net/netip"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

func TestCheck(t *testing.T) {
	monday := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	office := sdk.Hours{Days: []time.Weekday{time.Monday}, From: 8 * time.Hour, To: 18 * time.Hour}
	night := sdk.Hours{Days: []time.Weekday{time.Sunday}, From: 22 * time.Hour, To: 6 * time.Hour}
	net := func(s ...string) (out []netip.Prefix) {
		for _, x := range s {
			out = append(out, netip.MustParsePrefix(x))
		}
		return out
	}
	ok := sdk.Partner{ID: "PARIS", Protocols: []string{"pesit"}}
	with := func(change func(*sdk.Partner)) *sdk.Partner { p := ok; change(&p); return &p }
	for _, c := range []struct {
		name    string
		partner *sdk.Partner
		peer    string
		proto   string
		now     time.Time
		want    sdk.Code
	}{
		{"a plain partner may call", &ok, "192.0.2.1", "pesit", monday, ""},
		{"nobody may not", nil, "192.0.2.1", "pesit", monday, sdk.PartnerUnknown},
		{"a template never calls", with(func(p *sdk.Partner) { p.Template = true }), "192.0.2.1", "pesit", monday, sdk.PartnerUnknown},
		{"a disabled one may not", with(func(p *sdk.Partner) { p.Disabled = true }), "192.0.2.1", "pesit", monday, sdk.PartnerDisabled},
		{"another protocol is closed", &ok, "192.0.2.1", "sftp", monday, sdk.ProtocolForbidden},
		{"no protocol means none", with(func(p *sdk.Partner) { p.Protocols = nil }), "192.0.2.1", "pesit", monday, sdk.ProtocolForbidden},
		{"an address of the list may call", with(func(p *sdk.Partner) { p.AllowFrom = net("10.0.0.0/8", "192.0.2.0/24") }), "192.0.2.9", "pesit", monday, ""},
		{"another address may not", with(func(p *sdk.Partner) { p.AllowFrom = net("10.0.0.0/8") }), "192.0.2.9", "pesit", monday, sdk.PartnerAddress},
		{"a mapped address is the same address", with(func(p *sdk.Partner) { p.AllowFrom = net("192.0.2.0/24") }), "::ffff:192.0.2.9", "pesit", monday, ""},
		{"a mapped prefix is the same prefix", with(func(p *sdk.Partner) { p.AllowFrom = net("::ffff:192.0.2.0/120") }), "192.0.2.9", "pesit", monday, ""},
		{"a zone does not hide an address", with(func(p *sdk.Partner) { p.AllowFrom = net("fe80::/10") }), "fe80::1%eth0", "pesit", monday, ""},
		{"every IPv6 address is not every IPv4 address", with(func(p *sdk.Partner) { p.AllowFrom = net("::/0") }), "192.0.2.9", "pesit", monday, sdk.PartnerAddress},
		{"in its hours it may call", with(func(p *sdk.Partner) { p.Hours = []sdk.Hours{night, office} }), "192.0.2.1", "pesit", monday, ""},
		{"at the end of its hours it may not", with(func(p *sdk.Partner) { p.Hours = []sdk.Hours{office} }), "192.0.2.1", "pesit", monday.Add(8 * time.Hour), sdk.PartnerHours},
		{"hours may pass midnight", with(func(p *sdk.Partner) { p.Hours = []sdk.Hours{night} }), "192.0.2.1", "pesit", monday.Add(-5 * time.Hour), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Check(c.partner, netip.MustParseAddr(c.peer), c.proto, c.now)
			if got := code(r); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
	if r := Check(with(func(p *sdk.Partner) { p.AllowFrom = net("0.0.0.0/0") }), netip.Addr{}, "pesit", monday); code(r) != sdk.PartnerAddress {
		t.Fatalf("no address passed an address list: %v", r)
	}
}

func code(r *sdk.Refusal) sdk.Code {
	if r == nil {
		return ""
	}
	return r.Code
}
