package ssh

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// Critical options of certificates (OpenSSH, PROTOCOL.certkeys).
const (
	sourceAddress = "source-address"
	forceCommand  = "force-command"
)

// checkCertificate looks at what a certificate says of itself: that it is a user's, in time, whole, for somebody, with
// options that are understood, and made with strong keys. Whether its authority is trusted is another question.
func checkCertificate(c *ssh.Certificate, now func() time.Time) error {
	switch {
	case c.CertType != ssh.UserCert:
		return errors.New("it is not a user's")
	case len(c.ValidPrincipals) == 0:
		return errors.New("it names no principals, and so it would be for everybody")
	case !slices.Contains(signatures(), c.Signature.Format):
		return fmt.Errorf("it is signed with %s, which is too weak", c.Signature.Format)
	}
	for _, k := range []ssh.PublicKey{c.Key, c.SignatureKey} {
		if err := strong(k); err != nil {
			return err
		}
	}
	if command, ok := c.CriticalOptions[forceCommand]; ok && command != "internal-sftp" {
		return fmt.Errorf("it forces the command %q: nothing but SFTP is offered", command)
	}
	check := ssh.CertChecker{SupportedCriticalOptions: []string{sourceAddress, forceCommand}, Clock: now}
	return check.CheckCert(c.ValidPrincipals[0], c)
}

// restrictions are what the library enforces: the addresses from which a certificate counts.
func restrictions(c *ssh.Certificate) *ssh.Permissions {
	from, ok := c.CriticalOptions[sourceAddress]
	if !ok {
		return nil
	}
	return &ssh.Permissions{CriticalOptions: map[string]string{sourceAddress: from}}
}
