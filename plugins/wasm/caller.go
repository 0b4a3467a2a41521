package wasm

import (
	"net/netip"

	"github.com/postern/postern/sdk"
)

// callerOf names whoever is behind a question: the partner once it is known, the address before. What a caller says of
// itself does not count, it could say three different things.
func callerOf(q *sdk.Question) string {
	switch f := q.Facts; {
	case f == nil:
	case f.Partner != nil && f.Partner.ID != "":
		return "partner " + f.Partner.ID
	case f.Call != nil:
		return networkOf(f.Call.Peer.Addr())
	}
	return ""
}

// networkOf is an address as far as somebody else has given it out: whoever has one of IPv6 has 2⁶⁴ of them.
func networkOf(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
