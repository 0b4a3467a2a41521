// Package ssh is the SSH transport: it proves who the server is, asks phase 2 who calls while the handshake runs, and
// gives one stream for each channel that asks for the subsystem sftp. Shells, commands and forwarding are refused.
//
// It decides nothing about who may call: whether a key is a partner's is the identify point's question. What it claims it
// has verified: that the caller holds the key, and that a certificate is whole, in time and meant for users.
//
// The main call is [New].
package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/postern/postern/plugins/transport/wide"
	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// version is what the server calls itself (RFC 4253 section 4.2). It gives no number away.
const version = "SSH-2.0-Postern"

// Transport answers SSH handshakes. It never changes: whoever wants what the files hold now makes another one, and calls
// that are open keep theirs.
type Transport struct {
	settings Settings
	keys     []ssh.Signer // all host keys, those that are used first
	config   ssh.ServerConfig
	prints   []string
	pool     *wide.Pool
}

// New loads the host keys. It fails when one is missing, damaged, too weak, or open to others.
func New(s Settings) (*Transport, error) {
	keys, err := s.load()
	if err != nil {
		return nil, err
	}
	t := &Transport{settings: s, keys: keys, config: modern(), pool: new(wide.Pool)}
	used := map[string]bool{}
	for _, k := range keys {
		t.prints = append(t.prints, ssh.FingerprintSHA256(k.PublicKey()))
		if kind := k.PublicKey().Type(); !used[kind] { // of two of a kind the first is used, the other only announced
			used[kind] = true
			t.config.AddHostKey(k)
		}
	}
	return t, nil
}

// Fingerprints lists the host keys as "SHA256:…".
func (t *Transport) Fingerprints() []string { return slices.Clone(t.prints) }

// Changed tells which keys of the settings lead to other content than in an earlier transport.
func (t *Transport) Changed(earlier *Transport) []string {
	if slices.Equal(t.prints, earlier.prints) {
		return nil
	}
	return []string{"host_keys"}
}

// Open runs the handshake and asks identify who calls, in the goroutine of the caller. When ctx ends the connection is
// closed. The error of a caller that identify refused wraps that refusal.
func (t *Transport) Open(ctx context.Context, c net.Conn, identify func(sdk.Claim) (sdk.Partner, error)) (sdk.Link, error) {
	if identify == nil {
		return nil, errors.New("nobody can say who may call: SSH needs an identify point")
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	l := &login{identify: identify, tries: t.settings.tries()}
	w := wide.New(c, t.pool)
	conn, channels, requests, err := ssh.NewServerConn(w, l.config(t.config, t.settings.Banner))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, l.failed(err)
	}
	return newLink(t, w, conn, channels, requests, l.claim), nil
}

// failed says why nobody is logged in: what was last refused, or what ended the handshake before.
func (l *login) failed(err error) error {
	var tried *ssh.ServerAuthError
	switch {
	case l.refused == nil:
		return fmt.Errorf("handshake: %w", err)
	case l.final, errors.As(err, &tried):
		return fmt.Errorf("login: %w", l.refused)
	}
	return fmt.Errorf("login: %w (%w)", l.refused, err)
}
