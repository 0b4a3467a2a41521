package ssh

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// login is one handshake's question who calls. It lives in one goroutine.
type login struct {
	identify func(sdk.Claim) (sdk.Partner, error)
	tries    int
	conn     ssh.ServerPreAuthConn
	claim    sdk.Claim // of whom was let in, without a secret
	refused  error     // what was refused last
	final    bool      // trying again cannot help: the connection ends
}

// config is what the handshake needs beyond what is the same for every call.
func (l *login) config(base ssh.ServerConfig, banner string) *ssh.ServerConfig {
	base.MaxAuthTries = l.tries
	base.PreAuthConnCallback = func(c ssh.ServerPreAuthConn) { l.conn = c }
	base.PasswordCallback = l.password
	base.PublicKeyCallback = l.offered
	base.VerifiedPublicKeyCallback = l.verified
	if banner != "" {
		base.BannerCallback = func(ssh.ConnMetadata) string { return banner + "\n" }
	}
	return &base
}

// errRefused is all that the library learns of a refusal; nothing of it reaches the peer.
var errRefused = errors.New("refused")

// password asks with the password alone.
func (l *login) password(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
	return l.ask(sdk.Claim{Name: c.User(), Method: "password", Secret: sdk.NewSecret(string(password))}, nil)
}

// passwordToo asks with the password of a caller whose key holds already.
func (l *login) passwordToo(key sdk.Claim) func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
	return func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
		claim := key
		claim.Secret = sdk.NewSecret(string(password))
		return l.ask(claim, l.passwordToo(key))
	}
}

// offered looks at a key before the caller shows that it holds it. Every key that is strong enough may be shown, whoever
// calls: so nobody learns which keys and names are known here.
func (l *login) offered(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, l.note(strong(key))
	}
	if err := checkCertificate(cert, time.Now); err != nil {
		return nil, l.note(fmt.Errorf("the certificate %q of %q: %w", cert.KeyId, c.User(), err))
	}
	return restrictions(cert), nil
}

// note keeps why a key was not even looked at.
func (l *login) note(err error) error {
	if err != nil {
		l.refused = err
	}
	return err
}

// verified asks with a key that the caller has shown to hold.
func (l *login) verified(c ssh.ConnMetadata, key ssh.PublicKey, _ *ssh.Permissions, _ string) (*ssh.Permissions, error) {
	claim := claimOf(c.User(), key)
	return l.ask(claim, l.passwordToo(claim))
}

// claimOf is what the holder of a key claims.
func claimOf(user string, key ssh.PublicKey) sdk.Claim {
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return sdk.Claim{Name: user, Method: "key", Key: ssh.FingerprintSHA256(key)}
	}
	return sdk.Claim{Name: user, Method: "certificate", Key: ssh.FingerprintSHA256(cert.Key),
		Authority: ssh.FingerprintSHA256(cert.SignatureKey), Principals: slices.Clone(cert.ValidPrincipals)}
}

// ask asks phase 2. more is how the login goes on where the proof is right and another one is needed.
func (l *login) ask(claim sdk.Claim, more func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error)) (*ssh.Permissions, error) {
	_, err := l.identify(claim)
	if err == nil {
		claim.Secret = sdk.Secret{}
		l.claim = claim
		return &ssh.Permissions{}, nil
	}
	l.refused = err
	var r *sdk.Refusal
	errors.As(err, &r)
	switch {
	case r == nil:
		return nil, l.end("")
	case r.Code == sdk.PartnerProof && more != nil:
		return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{PasswordCallback: more}}
	case r.Code == sdk.PartnerUnknown || r.Code == sdk.PartnerPassword || r.Code == sdk.PartnerProof:
		return nil, errRefused
	}
	return nil, l.end(r.Public)
}

// end ends the login at once, with a word to the caller: another proof would not change the answer.
func (l *login) end(public string) error {
	l.final = true
	if public != "" && l.conn != nil {
		_ = l.conn.SendAuthBanner(public + "\n") // the connection ends anyhow
	}
	return &ssh.PartialSuccessError{} // no method is left: the library ends the handshake
}
