package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	_, a.cert, a.key = a.sign("ca.example.org", true)
	return a
}

func (a *authority) sign(name string, ca bool) (der []byte, cert *x509.Certificate, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	parent, by := form, key
	if a.cert != nil {
		parent, by = a.cert, a.key
	}
	if der, err = x509.CreateCertificate(rand.Reader, form, parent, key.Public(), by); err != nil {
		a.t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		a.t.Fatal(err)
	}
	return der, cert, key
}

// pair is a signed certificate for a name.
func (a *authority) pair(name string) (tls.Certificate, string, string) {
	a.t.Helper()
	der, _, key := a.sign(name, false)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// client is what a partner needs to trust the server, in one version of TLS.
func (a *authority) client(version uint16, own ...tls.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool, ServerName: "server.example.org", MinVersion: version, MaxVersion: version, Certificates: own}
}

// matrixServer has a plain listener, one with TLS, and one that wants certificates.
func matrixServer(t *testing.T) (*server, *authority) {
	s := prepare(t, basics+quick+`listeners:
  p:      {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 1KiB, sync_window: 3}}
  secure: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 1KiB, sync_window: 3}, tls: {cert: server.pem, key: server.key}}
  mutual: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 1KiB, sync_window: 3}, tls: {cert: server.pem, key: server.key, client_ca: ca.pem, client_auth: require}}
partners:
  PARIS:  {protocols: [pesit], password: secret://file/paris.pw, receive: ["*"], send: ["*"]}
  LYON:   {protocols: [pesit], tls_names: [lyon.example.org], require: [certificate], receive: ["*"], send: ["*"]}
flows:
  IN:   {path: "in/{{.File}}-{{.ID}}"}
  BACK: {path: "back", publish: true}
`)
	ca := newAuthority(t)
	_, cert, key := ca.pair("server.example.org")
	s.write("server.pem", cert)
	s.write("server.key", key)
	s.write("ca.pem", ca.pem())
	s.run()
	return s, ca
}

func TestAFileGoesInAndOutIdenticallyHoweverItsBytesTravel(t *testing.T) {
	r := random(t)
	s, ca := matrixServer(t)
	data, back := content(r, 2900), content(r, 2700)
	s.publish("back", string(back))
	own, _, _ := ca.pair("lyon.example.org")
	ways := []struct {
		name, listener string
		tls            *tls.Config
		hello          peer.Hello
	}{
		{"plain", "p", nil, hello(1, 2)},
		{"TLS 1.2", "secure", ca.client(tls.VersionTLS12), hello(1, 2)},
		{"TLS 1.3 mutual", "mutual", ca.client(tls.VersionTLS13, own), peer.Hello{Name: "LYON", Access: 2, Interval: 1, Window: 2}},
	}
	number := 0
	wait := map[string]string{}
	var runs together
	for _, w := range ways {
		for bits := range 8 {
			for style, how := range []string{"normal", "byte at a time", "coalesced"} {
				number++
				n := number
				o := peer.Options{TLS: w.tls, Raw: bits&1 != 0, Logon: bits&2 != 0, CRC: bits&4 != 0, Trickle: style == 1, Coalesce: style == 2}
				wait[tag(n)] = fmt.Sprintf("%s raw=%v preconnection=%v crc=%v %s", w.name, o.Raw, o.Logon, o.CRC, how)
				name := wait[tag(n)]
				runs.do(func() error {
					if err := inAndOut(s.address[w.listener], o, w.hello, n, data, back); err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
					return nil
				})
			}
		}
	}
	runs.wait(t)
	for _, e := range s.entries() {
		want := data
		if e.Direction == "send" {
			want = back
		} else {
			delete(wait, e.Label)
		}
		if err := s.whole(e, want); err != nil {
			t.Error(err)
		}
	}
	if len(wait) > 0 || len(s.entries()) != 2*number {
		t.Errorf("%d entries of %d transfers; without an entry: %v", len(s.entries()), 2*number, wait)
	}
	s.idle()
}

// tag is how the n-th file is found again in the catalog: its number on the wire may be another one there.
func tag(n int) string { return fmt.Sprintf("file%d", n) }

// inAndOut sends a file and fetches one on the same session.
func inAndOut(address string, o peer.Options, h peer.Hello, number int, data, back []byte) error {
	c, err := peer.Dial(address, o)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Connect(h); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if c.Interval != 1 || c.Window != 2 {
		return fmt.Errorf("interval %d and window %d were answered to 1 and 2", c.Interval, c.Window)
	}
	if err := putFile(c, peer.File{Name: "IN", Number: number, Label: tag(number), Format: 0x80, Length: 256, Entity: 700}, data, peer.Plan{Article: 256, Every: 1024}); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	got, err := getFile(c, peer.File{Name: "BACK", Entity: 600})
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if d := got.Data(); digest(d) != digest(back) {
		return fmt.Errorf("the file that came back differs at %d", difference(d, back))
	}
	if want := []int{1024, 2048}; len(got.Points) < 2 || got.Points[0] > want[0] || got.Points[1]-got.Points[0] > 1024 {
		return fmt.Errorf("sync points after %v bytes; at most 1024 bytes lie between two", got.Points)
	}
	return c.Release()
}

// putFile sends a whole file.
func putFile(c *peer.Conn, f peer.File, data []byte, plan peer.Plan) error {
	if _, err := c.Create(f); err != nil {
		return err
	}
	if _, err := c.Open(0); err != nil {
		return err
	}
	point, err := c.Begin()
	if err != nil {
		return err
	}
	if err := c.Send(data, plan, point, 0); err != nil {
		return err
	}
	u, err := c.Finish(len(data), plan.Records(len(data)))
	if err != nil {
		return err
	}
	if u.Num(27) != len(data) || u.Num(28) != plan.Records(len(data)) {
		return fmt.Errorf("the server counts %d bytes in %d articles, %d in %d were sent", u.Num(27), u.Num(28), len(data), plan.Records(len(data)))
	}
	return c.Leave()
}

// getFile fetches a whole file.
func getFile(c *peer.Conn, f peer.File) (*peer.Got, error) {
	got := &peer.Got{}
	if _, err := c.Select(f); err != nil {
		return got, err
	}
	if _, err := c.Open(0); err != nil {
		return got, err
	}
	if err := c.BeginAt(0); err != nil {
		return got, err
	}
	if err := c.Receive(got, 0); err != nil {
		return got, err
	}
	if _, err := c.End(got.Bytes, len(got.Articles)); err != nil {
		return got, err
	}
	return got, c.Leave()
}

func TestACallerWithoutACertificateOfThePartnerIsNotThatPartner(t *testing.T) {
	s, ca := matrixServer(t)
	own, _, _ := ca.pair("mallory.example.org")
	c, err := peer.Dial(s.address["mutual"], peer.Options{TLS: ca.client(tls.VersionTLS13, own)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Connect(peer.Hello{Name: "LYON", Access: 2})
	var r *peer.Refused
	if !errors.As(err, &r) || r.Diagnostic() != "3-301" {
		t.Errorf("a foreign certificate: %v; 3-301 is right", err)
	}
	if c, err := peer.Dial(s.address["mutual"], peer.Options{TLS: ca.client(tls.VersionTLS12)}); err == nil {
		if _, err = c.Connect(peer.Hello{Name: "LYON", Access: 2}); err == nil {
			t.Error("no certificate at all, and the call went on")
		}
		c.Close()
	} else if !strings.Contains(err.Error(), "handshake") {
		t.Errorf("no certificate: %v", err)
	}
	if e := s.entries(); len(e) > 0 {
		t.Errorf("refused calls left %+v", e)
	}
}
