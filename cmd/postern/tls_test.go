package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// certificate writes NAME.pem and NAME.key, signed by itself, good for a server at 127.0.0.1 and for a client.
func (s *site) certificate(name string) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{name + ".example.org"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	s.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestSendOverTLSTrustsOnlyWhomItIsToldTo(t *testing.T) {
	s := &site{t: t, dir: t.TempDir()}
	for _, name := range []string{"server", "client", "stranger"} {
		s.certificate(name)
	}
	s.start(strings.Replace(siteConfig, `"127.0.0.1:0"}`,
		`"127.0.0.1:0", tls: {cert: server.pem, key: server.key, client_ca: client.pem, client_auth: require}}`, 1))
	s.write("letter.txt", []byte("bonjour"))
	ours := []string{"--cert", s.path("client.pem"), "--key", s.path("client.key")}
	for _, c := range []struct {
		what   string
		flags  []string
		status int
		errs   string
	}{
		{"the system's authorities do not know the server", append([]string{"--tls"}, ours...), statusFailed, "--ca names the file of its authority"},
		{"another authority does not either", append([]string{"--tls", "--ca", s.path("stranger.pem")}, ours...), statusFailed, "unknown authority"},
		{"the certificate bears another name", append([]string{"--tls", "--ca", s.path("server.pem"), "--server-name", "other.example.org"}, ours...),
			statusFailed, "other.example.org"},
		{"the server wants a certificate of ours", []string{"--tls", "--ca", s.path("server.pem")}, statusFailed, "certificate"},
		{"no TLS at all", nil, statusFailed, ""},
		{"a file that is no certificate", []string{"--tls", "--ca", s.path("letter.txt")}, statusUsage, "holds no certificate"},
		{"all is right", append([]string{"--tls", "--ca", s.path("server.pem"), "--server-name", "server.example.org"}, ours...), statusDone, ""},
	} {
		args := append([]string{"send", "--flow", "IN", s.path("letter.txt")}, append(s.call(s.address), c.flags...)...)
		if status, _, errs := s.run(args...); status != c.status || !strings.Contains(errs, c.errs) {
			t.Errorf("%s: status %d: %s", c.what, status, errs)
		}
	}
	s.same("files/in/letter.txt", []byte("bonjour"))
}
