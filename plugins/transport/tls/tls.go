// Package tls is the TLS transport: it wraps the connection before the first byte of the protocol and claims what the
// client's certificate proves.
//
// It decides nothing about who may call: whether a certificate's name is a partner's is the directory exit's question.
//
// The main call is [New].
package tls

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"

	"github.com/postern/postern/sdk"
)

// Settings of the transport. Files are PEM.
type Settings struct {
	Cert, Key  string // the server's certificate chain and private key
	ClientCA   string // certificates that sign clients' certificates
	ClientAuth string // none (default), request, require
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
	return errors.Join(faults...)
}

// Transport answers TLS handshakes.
type Transport struct {
	config atomic.Pointer[tls.Config]
}

// New loads the files of the settings.
func New(s Settings) (*Transport, error) {
	config, err := s.load()
	if err != nil {
		return nil, err
	}
	t := &Transport{}
	t.config.Store(config)
	return t, nil
}

func (s Settings) load() (*tls.Config, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	cert, err := tls.LoadX509KeyPair(s.Cert, s.Key)
	if err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if s.ClientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(s.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("load the client authorities: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("load the client authorities: %s holds no certificate", s.ClientCA)
	}
	switch s.ClientAuth {
	case "request":
		config.ClientAuth = tls.VerifyClientCertIfGiven
	case "require":
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// Open runs the handshake. The link has one stream: the connection itself.
func (t *Transport) Open(ctx context.Context, c net.Conn, _ func(sdk.Claim) (sdk.Partner, error)) (sdk.Link, error) {
	conn := tls.Server(c, t.config.Load())
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return &link{conn: conn, claim: claimOf(conn.ConnectionState())}, nil
}

// claimOf is what a verified client certificate proves: its common name, its DNS names and addresses.
func claimOf(s tls.ConnectionState) sdk.Claim {
	if len(s.VerifiedChains) == 0 {
		return sdk.Claim{}
	}
	leaf := s.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	claim := sdk.Claim{Method: "certificate", CertPrint: hex.EncodeToString(sum[:])}
	if leaf.Subject.CommonName != "" {
		claim.CertNames = append(claim.CertNames, leaf.Subject.CommonName)
	}
	for _, n := range slices.Concat(leaf.DNSNames, leaf.EmailAddresses) {
		if !slices.Contains(claim.CertNames, n) {
			claim.CertNames = append(claim.CertNames, n)
		}
	}
	return claim
}

type link struct {
	conn  *tls.Conn
	claim sdk.Claim
	taken bool
}

func (l *link) Claim() sdk.Claim { return l.claim }

func (l *link) Accept() (io.ReadWriteCloser, error) {
	if l.taken {
		return nil, io.EOF
	}
	l.taken = true
	return l.conn, nil
}

func (l *link) Close() error { return l.conn.Close() }
