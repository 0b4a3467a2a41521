package tls

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrRevoked says that a certificate is on its authority's revocation list; ErrNoList that no list tells, which is taken
// for the same.
var (
	ErrRevoked = errors.New("the certificate is revoked")
	ErrNoList  = errors.New("no valid revocation list")
)

// revocation knows the lists by the name of their issuer. Nothing in it changes.
type revocation struct{ byIssuer map[string][]*list }

// list is one revocation list (RFC 5280, section 5).
type list struct {
	*x509.RevocationList
	revoked map[string]time.Time // by serial number
	scope   scope
	signers sync.Map // digest of a certificate → error or nil: a long list is not hashed for each handshake
}

// scope is what a list tells about, as its issuing distribution point says (RFC 5280, section 5.2.5).
type scope struct {
	points               []string // certificates that name one of them; none: all
	usersOnly, authsOnly bool
}

// check refuses what was verified unless some chain of it is free of revoked certificates, and a list says so of each
// certificate but the root. Without a certificate there is nothing to check.
func (r *revocation) check(chains [][]*x509.Certificate, now time.Time) error {
	var first error
	for _, chain := range chains {
		err := r.checkChain(chain, now)
		if err == nil {
			return nil
		}
		if first == nil || errors.Is(err, ErrRevoked) {
			first = err
		}
	}
	return first
}

func (r *revocation) checkChain(chain []*x509.Certificate, now time.Time) error {
	for i := range len(chain) - 1 {
		if err := r.checkOne(chain[i], chain[i+1], now); err != nil {
			return err
		}
	}
	return nil
}

// checkOne looks for a certificate in all lists that its issuer signed. A list that is too old says nothing good any
// more, but what it revoked stays revoked.
func (r *revocation) checkOne(c, issuer *x509.Certificate, now time.Time) error {
	var valid bool
	var why []error
	for _, l := range r.byIssuer[string(c.RawIssuer)] {
		if !l.scope.covers(c) {
			continue
		}
		if err := l.signedBy(issuer); err != nil {
			why = append(why, err)
			continue
		}
		if at, ok := l.revoked[c.SerialNumber.String()]; ok {
			return fmt.Errorf("%w: %s, serial number %x, by %s at %s", ErrRevoked, c.Subject, c.SerialNumber, c.Issuer, at.UTC().Format(time.RFC3339))
		}
		switch {
		case now.After(l.NextUpdate):
			why = append(why, fmt.Errorf("the list ran out at %s", l.NextUpdate.UTC().Format(time.RFC3339)))
		case now.Add(clocks).Before(l.ThisUpdate):
			why = append(why, fmt.Errorf("the list begins to hold at %s", l.ThisUpdate.UTC().Format(time.RFC3339)))
		default:
			valid = true
		}
	}
	if valid {
		return nil
	}
	if len(why) == 0 {
		why = append(why, errors.New("none of crl is of this issuer and for this kind of certificate"))
	}
	return fmt.Errorf("%w of %s for %s: %w", ErrNoList, c.Issuer, c.Subject, errors.Join(why...))
}

// clocks is how much an authority's clock may be ahead of ours.
const clocks = 5 * time.Minute

// signedBy verifies the list's signature, once for each issuer.
func (l *list) signedBy(issuer *x509.Certificate) error {
	print := sha256.Sum256(issuer.Raw)
	if known, ok := l.signers.Load(print); ok {
		err, _ := known.(error)
		return err
	}
	err := l.CheckSignatureFrom(issuer)
	if err != nil {
		err = fmt.Errorf("the list's signature: %w", err)
	}
	l.signers.Store(print, err)
	return err
}

func (s *scope) covers(c *x509.Certificate) bool {
	switch {
	case s.usersOnly && c.IsCA, s.authsOnly && !c.IsCA:
		return false
	case len(s.points) == 0:
		return true
	}
	return slices.ContainsFunc(c.CRLDistributionPoints, func(p string) bool { return slices.Contains(s.points, p) })
}

// The extensions of a list and of its entries that matter here.
var (
	oidNumber      = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidAuthority   = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidDelta       = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidPoint       = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidEntryIssuer = asn1.ObjectIdentifier{2, 5, 29, 29}
)

// alone is a list without the end of the line that a tool has put behind it. The list says itself how long it is: its own
// last byte, which is of a signature, may look like such an end.
func alone(der []byte) []byte {
	var v asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(bytes.TrimRight(rest, "\r\n")) > 0 {
		return der
	}
	return v.FullBytes
}

// parseList reads a list in DER. It refuses what it cannot judge.
func parseList(der []byte) (*list, error) {
	parsed, err := x509.ParseRevocationList(alone(der))
	if err != nil {
		return nil, fmt.Errorf("read a revocation list: %w", err)
	}
	l := &list{RevocationList: parsed, revoked: make(map[string]time.Time, len(parsed.RevokedCertificateEntries))}
	if parsed.NextUpdate.IsZero() {
		return nil, errors.New("the list does not say when the next one comes, so nobody knows whether it still holds")
	}
	for _, x := range parsed.Extensions {
		switch {
		case x.Id.Equal(oidDelta):
			return nil, errors.New("this is a delta list: only whole lists are read")
		case x.Id.Equal(oidPoint):
			if l.scope, err = parseScope(x.Value); err != nil {
				return nil, err
			}
		case x.Critical && !x.Id.Equal(oidNumber) && !x.Id.Equal(oidAuthority):
			return nil, fmt.Errorf("the list has a critical extension %s that is not known here", x.Id)
		}
	}
	for _, e := range parsed.RevokedCertificateEntries {
		if err := checkEntry(e.Extensions); err != nil {
			return nil, err
		}
		l.revoked[e.SerialNumber.String()] = e.RevocationTime
	}
	parsed.RevokedCertificateEntries = nil // the map has what is needed
	return l, nil
}

var errIndirect = errors.New("this is an indirect list, of other authorities' certificates: only an issuer's own lists are read")

func checkEntry(extensions []pkix.Extension) error {
	for _, x := range extensions {
		switch {
		case x.Id.Equal(oidEntryIssuer):
			return errIndirect
		case x.Critical:
			return fmt.Errorf("an entry of the list has a critical extension %s that is not known here", x.Id)
		}
	}
	return nil
}

// distributionPoint is IssuingDistributionPoint of RFC 5280.
type distributionPoint struct {
	Name       asn1.RawValue  `asn1:"optional,tag:0"`
	UsersOnly  bool           `asn1:"optional,tag:1"`
	AuthsOnly  bool           `asn1:"optional,tag:2"`
	Reasons    asn1.BitString `asn1:"optional,tag:3"`
	Indirect   bool           `asn1:"optional,tag:4"`
	Attributes bool           `asn1:"optional,tag:5"`
}

func parseScope(der []byte) (scope, error) {
	var p distributionPoint
	if rest, err := asn1.Unmarshal(der, &p); err != nil || len(rest) > 0 {
		return scope{}, fmt.Errorf("the list's issuing distribution point cannot be read: %w", errors.Join(err))
	}
	s := scope{usersOnly: p.UsersOnly, authsOnly: p.AuthsOnly}
	switch {
	case p.Indirect:
		return s, errIndirect
	case p.Reasons.BitLength > 0:
		return s, errors.New("the list knows some reasons for a revocation only: whole lists are needed")
	case p.Attributes:
		return s, errors.New("the list is of attribute certificates")
	case len(p.Name.FullBytes) == 0:
		return s, nil
	}
	var full asn1.RawValue // DistributionPointName: fullName [0] of GeneralNames
	if _, err := asn1.Unmarshal(p.Name.Bytes, &full); err != nil || full.Tag != 0 {
		return s, errors.New("the list's distribution point has no full name")
	}
	for rest := full.Bytes; len(rest) > 0; {
		var name asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &name); err != nil {
			return s, fmt.Errorf("the list's distribution point: %w", err)
		}
		if name.Class == asn1.ClassContextSpecific && name.Tag == 6 { // a URI
			s.points = append(s.points, string(name.Bytes))
		}
	}
	if len(s.points) == 0 {
		return s, errors.New("the list's distribution point has no URI: which certificates it is for cannot be told")
	}
	return s, nil
}
