package tls

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// Settings of the transport. Files are PEM; a revocation list may be DER.
type Settings struct {
	Cert, Key  string   // the server's certificate chain and private key
	ClientCA   string   // certificates that sign clients' certificates
	ClientAuth string   // none, request, require; "" is none
	CRL        []string // revocation lists; none: certificates are not checked for revocation
}

// Validate reports every fault at once.
func (s Settings) Validate() error {
	var faults []error
	if s.Cert == "" || s.Key == "" {
		faults = append(faults, errors.New("cert and key are both needed"))
	}
	switch s.ClientAuth {
	case "", "none":
	case "request", "require":
		if s.ClientCA == "" {
			faults = append(faults, fmt.Errorf("client_auth: %s needs a client_ca", s.ClientAuth))
		}
	default:
		faults = append(faults, fmt.Errorf("client_auth: %q is not one of none, request, require", s.ClientAuth))
	}
	if len(s.CRL) > 0 && !s.asks() {
		faults = append(faults, errors.New("crl: no client is asked for a certificate"))
	}
	return errors.Join(faults...)
}

// asks reports whether clients are asked for a certificate.
func (s Settings) asks() bool { return s.ClientAuth == "request" || s.ClientAuth == "require" }

// modern are the cipher suites of TLS 1.2 that are answered: a fresh key for each connection (ECDHE) and authenticated
// encryption. Those of TLS 1.3 are all like that and cannot be chosen.
func modern() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// loaded is what the files of the settings hold, each read once.
type loaded struct {
	config   *tls.Config
	prints   map[string]string // by key, a digest of what was read
	expiries []Expiry
}

func (s Settings) load() (*loaded, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	out := &loaded{prints: map[string]string{}}
	out.config = &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: modern()}
	if err := out.identity(s.Cert, s.Key); err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	if s.ClientCA != "" {
		if err := out.authorities(s.ClientCA); err != nil {
			return nil, fmt.Errorf("load the client authorities: %w", err)
		}
	}
	switch s.ClientAuth {
	case "request":
		out.config.ClientAuth = tls.VerifyClientCertIfGiven
	case "require":
		out.config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	// A resumed session would be as good as its first handshake, whatever was revoked, expired or reloaded since.
	out.config.SessionTicketsDisabled = s.asks()
	if len(s.CRL) == 0 {
		return out, nil
	}
	lists, err := out.lists(s.CRL)
	if err != nil {
		return nil, fmt.Errorf("load the revocation lists: %w", err)
	}
	out.config.VerifyConnection = func(c tls.ConnectionState) error { return lists.check(c.VerifiedChains, time.Now()) }
	return out, nil
}

func (l *loaded) read(key, file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	l.prints[key] += hex.EncodeToString(sum[:])
	return data, nil
}

func (l *loaded) identity(certFile, keyFile string) error {
	cert, err := l.read("cert", certFile)
	if err != nil {
		return err
	}
	key, err := l.read("key", keyFile)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s and %s: %w", certFile, keyFile, err)
	}
	l.config.Certificates = []tls.Certificate{pair}
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("%s: %w", certFile, err)
		}
		l.expiries = append(l.expiries, ofCertificate("cert", certFile, c))
	}
	return nil
}

func (l *loaded) authorities(file string) error {
	data, err := l.read("client_ca", file)
	if err != nil {
		return err
	}
	l.config.ClientCAs = x509.NewCertPool()
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		l.config.ClientCAs.AddCert(c)
		l.expiries = append(l.expiries, ofCertificate("client_ca", file, c))
	}
	if len(l.expiries) == 0 || l.expiries[len(l.expiries)-1].Key != "client_ca" {
		return fmt.Errorf("%s holds no certificate", file)
	}
	return nil
}

func (l *loaded) lists(files []string) (*revocation, error) {
	out := &revocation{byIssuer: map[string][]*list{}}
	for _, file := range files {
		data, err := l.read("crl", file)
		if err != nil {
			return nil, err
		}
		found, err := parseLists(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, x := range found {
			out.byIssuer[string(x.RawIssuer)] = append(out.byIssuer[string(x.RawIssuer)], x)
			l.expiries = append(l.expiries, ofList(file, x.RevocationList))
		}
	}
	return out, nil
}

// parseLists reads the lists of a file: blocks of PEM, or one list in DER.
func parseLists(data []byte) (out []*list, err error) {
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		l, err := parseList(data)
		return []*list{l}, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			continue
		}
		l, err := parseList(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no revocation list")
	}
	return out, nil
}
