package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/postern/postern/cmd/internal/secret"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/core/stream"
	"github.com/postern/postern/sdk"
)

// contexts opens the folder of restart contexts.
func (a *app) contexts(r *remote) (*requester.Contexts, error) {
	dir := r.state
	if dir == "" {
		base, _ := a.lookupEnv("XDG_STATE_HOME")
		if base == "" {
			home, _ := a.lookupEnv("HOME")
			if home == "" {
				return nil, usagef("there is no home folder to keep restart contexts in: name a folder with --state")
			}
			base = filepath.Join(home, ".local", "state")
		}
		dir = filepath.Join(base, "postern")
	}
	return requester.OpenContexts(dir)
}

// take locks the context that --restart or --forget means; what the flags do not say is taken from it.
func (r *remote) take(s *requester.Contexts, which string, d sdk.Direction) (*requester.Held, error) {
	id := which
	if which == lastContext {
		var err error
		id, err = s.Last(func(c requester.Context) bool {
			return c.Direction == d && (r.called == "" || r.called == c.Called) && (r.as == "" || r.as == c.As)
		})
		if errors.Is(err, requester.ErrNoContext) {
			return nil, fmt.Errorf("no transfer was interrupted (%s holds no restart context of this kind)", s.Dir())
		}
		if err != nil {
			return nil, err
		}
	}
	h, err := s.Take(id)
	if err != nil {
		return nil, err
	}
	c := h.Context()
	if c.Direction != d {
		return nil, errors.Join(fmt.Errorf("restart context %s is of the other direction", id), h.Close())
	}
	for _, f := range []struct {
		flag *string
		kept string
	}{{&r.to, c.Remote}, {&r.as, c.As}, {&r.called, c.Called}} {
		if *f.flag == "" {
			*f.flag = f.kept
		}
	}
	return h, nil
}

// open dials the server and opens the call.
func (a *app) open(ctx context.Context, r *remote, s *requester.Contexts, access string) (*requester.Call, func(), error) {
	claim := sdk.Claim{Name: r.as, CalledName: r.called, Access: access}
	var expect requester.Expect
	var err error
	secrets := secret.Resolver{Dir: ".", LookupEnv: a.lookupEnv}
	if claim.Secret, err = secrets.Plain(r.password()); err != nil {
		return nil, nil, usagef("our password: %v", err)
	}
	if r.serverEnv != "" {
		if expect.Secret, err = secrets.Plain("secret://env/" + r.serverEnv); err != nil {
			return nil, nil, usagef("the server's password: %v", err)
		}
	}
	conn, err := r.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	timeouts := requester.DefaultTimeouts()
	timeouts.Message, timeouts.Connect = r.timeout, r.connectionTimeout
	o := requester.Options{Conn: conn, Protocol: wiring.Protocols()[wiring.RequesterProtocol], Terms: r.terms(), Settings: r.settings(),
		Claim: claim, Expect: expect, Timeouts: timeouts, Pool: stream.NewPool(16), Now: a.now, Random: a.random, Contexts: s, Remote: r.to}
	done := func() {}
	if r.trace {
		t := wiring.NewTrace(a.errs, o.Settings)
		o.Trace, done = t.Bytes, t.Close
	}
	c, err := requester.Open(ctx, o)
	if err != nil {
		done()
		if sdk.CodeOf(err) == sdk.NetworkCut && !r.tls {
			err = fmt.Errorf("%w; a server that speaks TLS is called with --tls", err)
		}
		return nil, nil, err
	}
	return c, done, nil
}

func (r *remote) password() string {
	switch {
	case r.passwordEnv != "":
		return "secret://env/" + r.passwordEnv
	case r.passwordFile != "":
		return "secret://file/" + r.passwordFile
	}
	return ""
}

// dial connects, and shakes hands where TLS is wanted.
func (r *remote) dial(ctx context.Context) (net.Conn, error) {
	secure, err := r.tlsConfig()
	if err != nil {
		return nil, usage(err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.connectionTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.to)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", r.to, err)
	}
	if secure == nil {
		return conn, nil
	}
	c := tls.Client(conn, secure)
	if err := c.HandshakeContext(ctx); err != nil {
		if unknown := new(x509.UnknownAuthorityError); errors.As(err, unknown) && r.ca == "" {
			err = fmt.Errorf("%w; --ca names the file of its authority", err)
		}
		if plain := new(tls.RecordHeaderError); errors.As(err, plain) || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w; does the server speak TLS on this port?", err)
		}
		_ = conn.Close() // a handshake that was given up has closed it already
		return nil, fmt.Errorf("TLS with %s: %w", r.to, err)
	}
	return c, nil
}

// tlsConfig reads the files; nil: no TLS.
func (r *remote) tlsConfig() (*tls.Config, error) {
	if !r.tls {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(r.to)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if r.serverName != "" {
		c.ServerName = r.serverName
	}
	if r.ca != "" {
		pem, err := os.ReadFile(r.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca: %s holds no certificate", r.ca)
		}
	}
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return nil, fmt.Errorf("--cert and --key: %s", strings.TrimPrefix(err.Error(), "tls: "))
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
