package sdk

import (
	"net"
	"net/netip"
)

// Relay tells for whom a connection was made, where proxies call in the place of others. Caller is asked once for each
// connection, before the transport, under a deadline; it may read what the proxy says and not a byte more. What it refuses
// is closed without a word.
type Relay interface {
	Caller(c net.Conn) (netip.AddrPort, error)
}
