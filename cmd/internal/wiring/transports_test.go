package wiring

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	gotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/config"
)

// selfSigned makes a certificate and its key, in PEM.
func selfSigned(t *testing.T, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "server.example.org"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

const secured = `data_dir: ./data
listeners:
  a: {protocol: pesit, address: "127.0.0.1:0", tls: {cert: server.pem, key: server.key}}
flows:
  IN: {path: "in/{{.File}}-{{.ID}}", backend: files}
backends:
  files: {type: local, root: ./files}
`

// serial is the serial number of the certificate that the server shows now.
func (p *place) serial() int64 {
	p.Helper()
	c, err := gotls.Dial("tcp", p.s.Addresses()["a"], &gotls.Config{InsecureSkipVerify: true})
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestAHalfWrittenPairKeepsTheOldOneAndAWholeOneIsTaken(t *testing.T) {
	cert, key := selfSigned(t, 1)
	p := beginWith(t, secured, map[string]string{"server.pem": cert, "server.key": key})
	if got := p.serial(); got != 1 {
		t.Fatalf("the certificate shown is %d", got)
	}
	cert, key = selfSigned(t, 2)
	p.put("server.pem", cert)
	if _, err := p.s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "the running configuration stays") || p.serial() != 1 {
		t.Fatalf("a certificate without its key: %v", err)
	}
	p.put("server.key", key)
	changed, err := p.s.Reload(t.Context())
	if err != nil || p.serial() != 2 {
		t.Fatalf("the whole pair: %v", err)
	}
	if !slices.Contains(changed, "listeners.a.tls.cert") || !slices.Contains(changed, "listeners.a.tls.key") {
		t.Errorf("changed: %v", changed)
	}
	dir := filepath.Dir(p.path)
	if got := p.s.CallFiles(); !slices.Equal(got, []string{filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")}) {
		t.Errorf("to be watched: %v", got)
	}
}

func TestAClientMustShowACertificateWhereItsAuthorityIsNamed(t *testing.T) {
	cert, key := selfSigned(t, 1)
	ca, _ := selfSigned(t, 3)
	p := beginWith(t, strings.Replace(secured, "key: server.key", "key: server.key, client_ca: ca.pem", 1),
		map[string]string{"server.pem": cert, "server.key": key, "ca.pem": ca})
	conf := &gotls.Config{InsecureSkipVerify: true, MaxVersion: gotls.VersionTLS12}
	if c, err := gotls.Dial("tcp", p.s.Addresses()["a"], conf); err == nil {
		c.Close()
		t.Error("a client without a certificate was let in")
	}
}

func TestWhoIsNoProxyIsClosedWithoutAWord(t *testing.T) {
	p := beginWith(t, strings.Replace(settings, `"127.0.0.1:0"`, `"127.0.0.1:0", proxy_protocol: {from: [127.0.0.2]}`, 1), nil)
	c, err := net.Dial("tcp", p.s.Addresses()["a"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if b, err := io.ReadAll(c); len(b) > 0 || isTimeout(err) {
		t.Errorf("got %q (%v)", b, err)
	}
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error)
	return ok && n.Timeout()
}

func TestBandwidthsComeFromTheConfiguration(t *testing.T) {
	c := config.Config{Limits: config.Limits{Bandwidth: 3}, Listeners: map[string]config.Listener{"a": {Bandwidth: 1}},
		Partners: map[string]config.Partner{"PARIS": {Bandwidth: 2}, "LYON": {Bandwidth: config.NoSize}}}
	r := ratesOf(&c)
	if r.Server != 3 || r.Listeners["a"] != 1 || r.Partners["PARIS"] != 2 || r.Partners["LYON"] != 0 {
		t.Errorf("rates: %+v", r)
	}
}
