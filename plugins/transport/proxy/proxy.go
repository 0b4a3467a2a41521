// Package proxy reads the PROXY protocol, versions 1 and 2: with which a load balancer says whose call it passes on,
// before the first byte of TLS or of the protocol.
//
// Only proxies of a list are believed, they must say it, and nobody else may call: an address that anybody may claim
// would be worth nothing. It is no [sdk.Transport]: the connection stays as it is.
//
// The main call is [Relay.Caller].
package proxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"

	proxyproto "github.com/pires/go-proxyproto"

	"github.com/postern/postern/sdk"
)

// Relay knows which proxies may say whom they call for.
type Relay struct{ from []netip.Prefix }

// New makes a relay for proxies of these networks.
func New(from []netip.Prefix) *Relay { return &Relay{slices.Clone(from)} }

var (
	// ErrStranger: the connection does not come from a proxy of the list.
	ErrStranger = errors.New("the call comes from no proxy of proxy_protocol.from")
	// ErrHeader: what came first is no header of the PROXY protocol, or a damaged one.
	ErrHeader = errors.New("no valid PROXY header")
)

// Caller reads the header and no byte more, and tells the address of whom the proxy passes on: that of the connection
// itself where the proxy calls on its own behalf (LOCAL), or does not know (UNKNOWN). It fails with [ErrStranger],
// [ErrHeader], or the connection's error; the caller bounds its time with a deadline.
func (r *Relay) Caller(c net.Conn) (netip.AddrPort, error) {
	own, ok := addrOf(c.RemoteAddr())
	if !ok || !slices.ContainsFunc(r.from, func(p netip.Prefix) bool { return p.Contains(own.Addr()) }) {
		return own, sdk.Refuse(sdk.PartnerAddress, "%s is no proxy", c.RemoteAddr()).Because(ErrStranger)
	}
	raw, err := readHeader(c)
	if err != nil {
		return own, fmt.Errorf("read the PROXY header of %s: %w", own, err)
	}
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(raw), max(len(raw), 256)))
	if err != nil {
		return own, fmt.Errorf("%w from %s: %w", ErrHeader, own, err)
	}
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return own, nil
	}
	if !h.TransportProtocol.IsStream() || h.TransportProtocol.IsUnix() {
		return own, fmt.Errorf("%w from %s: it passes on something else than TCP", ErrHeader, own)
	}
	caller, ok := addrOf(h.SourceAddr)
	if !ok || caller.Addr().IsUnspecified() || caller.Addr().IsMulticast() {
		return own, fmt.Errorf("%w from %s: %v is no caller's address", ErrHeader, own, h.SourceAddr)
	}
	return caller, nil
}

func addrOf(a net.Addr) (netip.AddrPort, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok || t == nil {
		return netip.AddrPort{}, false
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port()), ap.IsValid()
}

// The sizes of the PROXY protocol (its specification, sections 2.1 and 2.2).
const (
	shortest = 15  // "PROXY UNKNOWN\r\n", which is shorter than any header of version 2
	longest1 = 107 // of a line of version 1
	fixed2   = 16  // of version 2, before its addresses
	longest2 = 4 << 10
)

var signature2 = []byte("\r\n\r\n\x00\r\nQUIT\n")

// readHeader reads exactly the bytes of the header: what follows belongs to TLS or the protocol. A first byte that
// cannot begin one ends it at once.
func readHeader(c io.Reader) ([]byte, error) {
	b := make([]byte, shortest, 256)
	if _, err := io.ReadFull(c, b[:1]); err != nil {
		return nil, err
	}
	if b[0] != 'P' && b[0] != signature2[0] {
		return nil, ErrHeader
	}
	if _, err := io.ReadFull(c, b[1:]); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(b, signature2):
		return readBinary(c, b)
	case bytes.HasPrefix(b, []byte("PROXY ")):
		return readLine(c, b)
	}
	return nil, ErrHeader
}

// readLine reads a line of version 1, byte by byte: there is one for each call.
func readLine(c io.Reader, b []byte) ([]byte, error) {
	for !bytes.HasSuffix(b, []byte("\n")) {
		if len(b) == longest1 {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrHeader, longest1)
		}
		b = append(b, 0)
		if _, err := io.ReadFull(c, b[len(b)-1:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readBinary reads a header of version 2 with what a proxy adds to it (TLVs, which nobody here looks at).
func readBinary(c io.Reader, b []byte) ([]byte, error) {
	b = b[:fixed2]
	if _, err := io.ReadFull(c, b[shortest:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(b[fixed2-2:]))
	if n > longest2 {
		return nil, fmt.Errorf("%w: %d bytes after its beginning, more than %d", ErrHeader, n, longest2)
	}
	b = append(b, make([]byte, n)...)
	_, err := io.ReadFull(c, b[fixed2:])
	return b, err
}
