package wasm

import (
	"net/netip"

	"github.com/postern/postern/sdk"
)

// caller is whoever is behind a question: the partner once it is known, the address before; neither where nothing is
// known, and for what is done in the background.
type caller struct {
	partner string
	network netip.Prefix
}

// callerOf says who is behind a question. What a caller says of itself does not count, it could say three different
// things.
func callerOf(q *sdk.Question) caller {
	switch f := q.Facts; {
	case f == nil:
	case f.Partner != nil && f.Partner.ID != "":
		return caller{partner: f.Partner.ID}
	case f.Call != nil:
		return caller{network: networkOf(f.Call.Peer.Addr())}
	}
	return caller{}
}

// networkOf is an address as far as somebody else has given it out: whoever has one of IPv6 has 2⁶⁴ of them. It is the
// zero prefix where there is no address.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
