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
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/postern/postern/plugins/transport/wide"
	"github.com/postern/postern/sdk"
)

// Transport answers TLS handshakes. It never changes: whoever wants what the files hold now makes another one, and calls
// that are open keep theirs.
type Transport struct {
	config   *tls.Config
	prints   map[string]string
	expiries []Expiry
	buffers  wide.Pool
}

// New loads the files of the settings. It fails when one is missing, damaged or does not fit another.
func New(s Settings) (*Transport, error) {
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	return &Transport{config: l.config, prints: l.prints, expiries: l.expiries}, nil
}

// Changed tells which keys of the settings lead to other content than in an earlier transport, sorted.
func (t *Transport) Changed(earlier *Transport) (keys []string) {
	for k, print := range t.prints {
		if earlier.prints[k] != print {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// Expiries tells when what was loaded runs out.
func (t *Transport) Expiries() []Expiry { return slices.Clone(t.expiries) }

// Open runs the handshake. The link has one stream: the connection itself.
func (t *Transport) Open(ctx context.Context, c net.Conn, _ func(sdk.Claim) (sdk.Partner, error)) (sdk.Link, error) {
	w := wide.New(c, &t.buffers)
	secure := &conn{tls.Server(w, t.config), w}
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return &link{conn: secure, claim: claimOf(secure.ConnectionState())}, nil
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
	conn  *conn
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
