package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"github.com/postern/postern/sdk"
)

var (
	caller = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 40000}
	here   = &net.TCPAddr{IP: net.IPv4(198, 51, 100, 1), Port: 1761}
	six    = &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 40000}
	six2   = &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 1761}
)

// header writes one as a proxy does.
func header(t *testing.T, version byte, from, to net.Addr, change func(*proxyproto.Header)) string {
	t.Helper()
	h := proxyproto.HeaderProxyFromAddrs(version, from, to)
	if change != nil {
		change(h)
	}
	b, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// from is a connection from an address, on which the peer says text, in pieces, and then TLS begins.
type from struct {
	net.Conn
	peer net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.peer }

func said(t *testing.T, peer string, text string, piece int) from {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	_ = near.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		for b := []byte(text); len(b) > 0; b = b[min(piece, len(b)):] {
			if _, err := far.Write(b[:min(piece, len(b))]); err != nil {
				return
			}
		}
	}()
	return from{near, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(peer))}
}

const next = "\x16\x03\x01 what TLS says"

func TestTheCarriedAddressIsTheCallersAndNotAByteMoreIsRead(t *testing.T) {
	relay := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")})
	tlvs := func(h *proxyproto.Header) {
		if err := h.SetTLVs([]proxyproto.TLV{{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte("a.example.org")}, {Type: 0xE0, Value: bytes.Repeat([]byte("x"), 300)}}); err != nil {
			t.Fatal(err)
		}
	}
	local := func(h *proxyproto.Header) { h.Command = proxyproto.LOCAL }
	for name, c := range map[string]struct{ text, want string }{
		"version 1":             {header(t, 1, caller, here, nil), "192.0.2.7:40000"},
		"version 2":             {header(t, 2, caller, here, nil), "192.0.2.7:40000"},
		"version 1, IPv6":       {header(t, 1, six, six2, nil), "[2001:db8::7]:40000"},
		"version 2, IPv6":       {header(t, 2, six, six2, nil), "[2001:db8::7]:40000"},
		"version 2, more in it": {header(t, 2, caller, here, tlvs), "192.0.2.7:40000"},
		"version 2, local":      {header(t, 2, caller, here, local), "10.1.2.3:5"},
		"version 1, unknown":    {"PROXY UNKNOWN\r\n", "10.1.2.3:5"},
		"unknown, with more":    {"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "10.1.2.3:5"},
	} {
		for _, piece := range []int{1, 7, 4096} {
			conn := said(t, "10.1.2.3:5", c.text+next, piece)
			got, err := relay.Caller(conn)
			if err != nil || got.String() != c.want {
				t.Errorf("%s: %v (%v)", name, got, err)
				continue
			}
			rest := make([]byte, len(next))
			if _, err := io.ReadFull(conn, rest); err != nil || string(rest) != next {
				t.Errorf("%s: after it %q (%v)", name, rest, err)
			}
		}
	}
	mapped := said(t, "[::ffff:10.1.2.3]:5", header(t, 1, caller, here, nil), 100)
	if got, err := relay.Caller(mapped); err != nil || got.Addr().String() != "192.0.2.7" {
		t.Errorf("a proxy whose address is IPv4 in IPv6: %v (%v)", got, err)
	}
}

func TestNobodyButTheProxiesIsBelievedAndTheyMustSayIt(t *testing.T) {
	relay := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	_, err := relay.Caller(said(t, "192.0.2.9:5", header(t, 2, caller, here, nil), 100))
	if r := (*sdk.Refusal)(nil); !errors.Is(err, ErrStranger) || !errors.As(err, &r) || r.Code != sdk.PartnerAddress {
		t.Errorf("a stranger with a header: %v", err)
	}
	v2 := header(t, 2, caller, here, nil)
	for name, text := range map[string]string{
		"no header":            next,
		"another protocol":     "PESITxxxxxxxxxxxxxxxxx",
		"nearly":               "PROXIE TCP4 1.1.1.1 ",
		"a long line":          "PROXY TCP4 " + strings.Repeat("1", 200),
		"no such address":      "PROXY TCP4 999.1.1.1 10.0.0.1 1 2\r\n",
		"no such port":         "PROXY TCP4 1.1.1.1 10.0.0.1 99999 2\r\n",
		"a family mixed":       "PROXY TCP4 ::1 10.0.0.1 1 2\r\n",
		"a line end alone":     "PROXY TCP4 1.1.1.1 10.0.0.1 1 2\n",
		"nobody's address":     "PROXY TCP4 0.0.0.0 10.0.0.1 1 2\r\n",
		"version 3":            v2[:12] + "\x31" + v2[13:],
		"an unknown command":   v2[:12] + "\x2f" + v2[13:],
		"datagrams":            v2[:13] + "\x12" + v2[14:],
		"a unix socket":        v2[:13] + "\x31\x00\xd8" + strings.Repeat("a", 216),
		"too short":            v2[:14] + "\x00\x04" + "abcd",
		"longer than anything": v2[:14] + "\xff\xff",
	} {
		if got, err := relay.Caller(said(t, "10.1.2.3:5", text, 100)); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: %v (%v)", name, got, err)
		}
	}
}

func TestASlowProxyRunsIntoTheDeadline(t *testing.T) {
	relay := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	for _, text := range []string{"", "P", "PROXY TCP4 1.1.1.1", header(t, 2, caller, here, nil)[:20]} {
		conn := said(t, "10.1.2.3:5", text, 100)
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := relay.Caller(conn); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzCaller(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.7 198.51.100.1 40000 1761\r\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x9c\x40\x06\xe1"))
	relay := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	peer := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.1.2.3:5"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := relay.Caller(from{bytesConn{bytes.NewReader(b)}, peer})
		if err == nil && (!got.IsValid() || got.Addr().IsUnspecified() || got.Addr().Is4In6()) {
			t.Errorf("the caller is %v", got)
		}
	})
}

// bytesConn is a connection on which everything was said.
type bytesConn struct{ *bytes.Reader }

func (bytesConn) Write(b []byte) (int, error)      { return len(b), nil }
func (bytesConn) Close() error                     { return nil }
func (bytesConn) LocalAddr() net.Addr              { return nil }
func (bytesConn) RemoteAddr() net.Addr             { return nil }
func (bytesConn) SetDeadline(time.Time) error      { return nil }
func (bytesConn) SetReadDeadline(time.Time) error  { return nil }
func (bytesConn) SetWriteDeadline(time.Time) error { return nil }
