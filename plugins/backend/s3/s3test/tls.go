package s3test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// StartTLS is Start for a server that is reached over TLS. authority is the certificate, in PEM, that signed the server's.
func StartTLS(t testing.TB) (s *Store, authority []byte) {
	t.Helper()
	dir := t.TempDir()
	authority = certify(t, dir)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	s = &Store{t: t, flags: []string{"--cert", filepath.Join(dir, "cert.pem"), "--key", filepath.Join(dir, "key.pem")},
		secure: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return start(s), authority
}

// Authority makes one that signed nothing.
func Authority(t testing.TB) []byte {
	t.Helper()
	return certify(t, t.TempDir())
}

// certify writes cert.pem and key.pem for 127.0.0.1, signed by an authority of their own, which it gives in PEM.
func certify(t testing.TB, dir string) (authority []byte) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "store"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, signer.Public(), signer)
	must(err)
	cert, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), signer)
	must(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	write := func(name, kind string, b []byte) {
		must(os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600))
	}
	write("cert.pem", "CERTIFICATE", cert)
	write("key.pem", "PRIVATE KEY", secret)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
}
