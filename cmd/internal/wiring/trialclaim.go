package wiring

import (
	"slices"

	"github.com/postern/postern/plugins/transport/ssh"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/authorized"
)

// claim settles who calls. What cannot be shown here is taken to be right, and said.
func (t *trial) claim() error {
	t.Claim = sdk.Claim{Name: t.partner.Name, Method: "password"}
	if err := t.key(); err != nil {
		return err
	}
	needed := t.Claim.Method == "password" || slices.Contains(t.partner.Require, "password")
	switch {
	case t.question.Password != nil:
		t.Claim.Secret = sdk.NewSecret(*t.question.Password)
	case needed:
		t.assume("the password is not checked and taken to be right (--password-env checks one)")
		if t.Claim.Method != "password" { // both are required, and none is not enough
			t.Claim.Secret = sdk.NewSecret("taken to be right")
		}
	}
	tls := t.config.Listeners[t.listener.Name].TLS
	if len(t.partner.TLSNames) > 0 && tls != nil && tls.Auth() != "none" {
		t.Claim.CertNames = t.partner.TLSNames[:1]
		t.assume("the client certificate is not checked and taken to bear %s", t.partner.TLSNames[0])
	}
	return nil
}

// key settles which SSH key, or certificate, the caller proves to hold: the one of the question; else one of the partner's own
// where it must bring one, or where no password was given.
func (t *trial) key() error {
	over := t.config.Listeners[t.listener.Name].SSH != nil
	switch {
	case t.question.Key != "" && !over:
		return wrong("the listener %s asks for no key: --listener names one with ssh", t.listener.Name)
	case t.question.Key != "":
		claim, err := ssh.Shown(t.question.Key, t.partner.Name, t.Peer.Addr(), t.At)
		if err != nil {
			return wrong("the handshake would not look at that key: %v", err)
		}
		t.Claim = claim
		return nil
	case !over || len(t.partner.Keys) == 0 || t.question.Password != nil && !slices.Contains(t.partner.Require, "key"):
		return nil
	}
	own, err := authorized.Parse(t.partner.Keys[0])
	if err != nil {
		return nil // such a configuration is not loaded
	}
	t.Claim.Method, t.Claim.Key = "key", own.Print
	if own.Authority {
		t.Claim.Method, t.Claim.Authority, t.Claim.Principals = "certificate", own.Print, own.Principals
		if len(own.Principals) == 0 {
			t.Claim.Principals = []string{t.partner.Name}
		}
		t.assume("the certificate is not checked and taken to be one of the first authority of authorized_keys (--key checks one)")
		return nil
	}
	t.assume("the key is not checked and taken to be the first of authorized_keys (--key checks one)")
	return nil
}
