package main

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"
)

// list makes a revocation list of a certificate of the site's, empty but for an extension.
func (s *site) list(issuer string, extension ...pkix.Extension) []byte {
	s.t.Helper()
	pair, err := tls.LoadX509KeyPair(s.path(issuer+".pem"), s.path(issuer+".key"))
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
		ExtraExtensions: extension}
	der, err := x509.CreateRevocationList(rand.Reader, template, pair.Leaf, pair.PrivateKey.(crypto.Signer))
	if err != nil {
		s.t.Fatal(err)
	}
	return der
}

func TestACheckOfTheConfigurationFindsRevocationListsThatCannotBeJudged(t *testing.T) {
	s := &site{t: t, dir: t.TempDir()}
	s.certificate("server")
	s.certificate("client")
	s.write("postern.yaml", []byte(strings.Replace(siteConfig, `"127.0.0.1:0"}`,
		`"127.0.0.1:0", tls: {cert: server.pem, key: server.key, client_ca: client.pem, client_auth: require, crl: [list.crl]}}`, 1)))
	indirect, err := asn1.Marshal(struct {
		Indirect bool `asn1:"tag:4"`
	}{true})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		status  int
		want    string
	}{
		"whole":    {s.list("client"), statusDone, ""},
		"delta":    {s.list("client", pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}), statusUsage, "delta list"},
		"indirect": {s.list("client", pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: indirect}), statusUsage, "indirect list"},
		"no list":  {[]byte("hello"), statusUsage, "no revocation list"},
	} {
		s.write("list.crl", c.content)
		var said strings.Builder
		status := run(t.Context(), s.app(io.Discard, &said), []string{"config", "check", "--config", s.path("postern.yaml")})
		errs := said.String()
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d: %s", name, status, errs)
		}
		if c.want != "" && (!strings.Contains(errs, "postern.yaml:3:") || !strings.Contains(errs, "list.crl")) {
			t.Errorf("%s: it does not say where: %s", name, errs)
		}
	}
}
