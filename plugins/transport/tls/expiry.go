package tls

import (
	"crypto/x509"
	"time"
)

// Expiry is when something of the settings runs out, and from when on somebody should know.
type Expiry struct {
	Key  string // of the settings: cert, client_ca, crl
	File string
	Name string // whose it is
	From time.Time
	At   time.Time
}

// certificateNotice is how long before its end a certificate is spoken of.
const certificateNotice = 30 * 24 * time.Hour

func ofCertificate(key, file string, c *x509.Certificate) Expiry {
	return Expiry{Key: key, File: file, Name: c.Subject.String(), From: c.NotAfter.Add(-certificateNotice), At: c.NotAfter}
}

// ofList speaks of a list in the last fifth of its life: the next one should have come.
func ofList(file string, l *x509.RevocationList) Expiry {
	return Expiry{Key: "crl", File: file, Name: l.Issuer.String(), From: l.NextUpdate.Add(-l.NextUpdate.Sub(l.ThisUpdate) / 5), At: l.NextUpdate}
}
