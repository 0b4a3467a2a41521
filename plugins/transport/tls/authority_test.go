package tls_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates and revocation lists.
type authority struct {
	*testing.T
	cert   *x509.Certificate
	key    crypto.Signer
	dir    string
	serial *int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{T: t, dir: t.TempDir(), serial: new(int64)}
	a.cert, a.key = a.sign("root.example.org", func(c *x509.Certificate) { authorityOf(c) })
	return a
}

func authorityOf(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
}

// sign makes a key and a certificate of this authority; of its own when there is none yet.
func (a *authority) sign(name string, change ...func(*x509.Certificate)) (*x509.Certificate, crypto.Signer) {
	a.Helper()
	*a.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(*a.serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	for _, f := range change {
		f(c)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		a.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		a.Fatal(err)
	}
	return out, key
}

// below is an authority that this one signed.
func (a *authority) below(name string) *authority {
	b := &authority{T: a.T, dir: a.dir, serial: a.serial}
	b.cert, b.key = a.sign(name, authorityOf)
	return b
}

// list makes a revocation list of these certificates, in DER.
func (a *authority) list(change func(*x509.RevocationList), revoked ...*x509.Certificate) []byte {
	a.Helper()
	*a.serial++
	l := &x509.RevocationList{Number: big.NewInt(*a.serial), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, c := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: time.Now().Add(-time.Hour)})
	}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		a.Fatal(err)
	}
	return der
}

// file writes a file and tells its path.
func (a *authority) file(name string, content []byte) string {
	a.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		a.Fatal(err)
	}
	return path
}

func inPEM(kind string, blocks ...[]byte) (out []byte) {
	for _, b := range blocks {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})...)
	}
	return out
}

// pair writes a certificate and its key.
func (a *authority) pair(name string) (cert, key string) {
	a.Helper()
	c, k := a.sign(name)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.Fatal(err)
	}
	return a.file(name+".pem", inPEM("CERTIFICATE", c.Raw)), a.file(name+".key", inPEM("PRIVATE KEY", der))
}
