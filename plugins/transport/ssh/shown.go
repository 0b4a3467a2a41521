package ssh

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/postern/postern/sdk"
	"golang.org/x/crypto/ssh"
)

// Shown is the claim that a caller makes who proves to hold a key: the line of a .pub file, of a key or of a certificate. It
// fails where the handshake would not even look at it: a weak key, a certificate that is out of time or not for the address. It
// is for asking what would become of such a call.
func Shown(line, user string, from netip.Addr, at time.Time) (sdk.Claim, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return sdk.Claim{}, fmt.Errorf("read the public key: %w", err)
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return claimOf(user, key), strong(key)
	}
	if err := checkCertificate(cert, func() time.Time { return at }); err != nil {
		return sdk.Claim{}, fmt.Errorf("the certificate %q: %w", cert.KeyId, err)
	}
	if networks, ok := cert.CriticalOptions[sourceAddress]; ok && !within(networks, from) {
		return sdk.Claim{}, fmt.Errorf("the certificate %q counts from %s only", cert.KeyId, networks)
	}
	return claimOf(user, key), nil
}

// within reports whether an address is of one of the networks, which stand behind commas.
func within(networks string, a netip.Addr) bool {
	for n := range strings.SplitSeq(networks, ",") {
		if p, err := netip.ParsePrefix(n); err == nil && p.Contains(a) {
			return true
		}
		if one, err := netip.ParseAddr(n); err == nil && one == a {
			return true
		}
	}
	return false
}
