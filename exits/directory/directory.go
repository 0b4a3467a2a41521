// Package directory is the built-in exit of the identify point: it finds the caller among the partners of the
// configuration and checks how it proves who it is.
//
// It is not for what else holds for a partner (addresses, protocols, hours, state): the core checks that afterwards,
// whoever supplied the record.
//
// The main call is [New]; the exit that it makes never changes, a reload makes another one. Its link in the chain is
// granted the secrets and may allow every configured partner.
package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/authorized"
)

// Name is what the exit is called in lists and records.
const Name = "directory"

// The words of a partner's require list.
const (
	key         = "key"
	certificate = "certificate"
	password    = "password"
)

// Exit answers identify. It may be asked from many goroutines.
type Exit struct {
	byID, byName map[string]*record
	checker      sdk.PasswordChecker
}

type record struct {
	sdk.Partner
	keys []authorized.Line
}

// New makes the exit from the partners of the configuration, templates included. The error joins every fault: a name
// that is there twice, a key that cannot be read, an unknown word in a require list, a requirement that nothing could
// meet.
func New(partners []sdk.Partner, checker sdk.PasswordChecker) (*Exit, error) {
	e := &Exit{byID: map[string]*record{}, byName: map[string]*record{}, checker: checker}
	var faults []error
	for _, p := range partners {
		r, err := newRecord(p)
		if err != nil {
			faults = append(faults, fmt.Errorf("partners.%s: %w", p.ID, err))
		}
		if e.byID[p.ID] != nil {
			faults = append(faults, fmt.Errorf("partners.%s: is there twice", p.ID))
		}
		e.byID[p.ID] = r
		if p.Template {
			continue
		}
		if e.byName[p.Name] != nil {
			faults = append(faults, fmt.Errorf("partners.%s: calls with the name %q like another one", p.ID, p.Name))
		}
		e.byName[p.Name] = r
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return e, nil
}

func newRecord(p sdk.Partner) (*record, error) {
	p.Keys, p.TLSNames, p.Require = slices.Clone(p.Keys), slices.Clone(p.TLSNames), slices.Clone(p.Require)
	p.Labels = maps.Clone(p.Labels)
	r := &record{Partner: p}
	var faults []error
	for i, line := range p.Keys {
		key, err := authorized.Parse(line)
		if err != nil {
			faults = append(faults, fmt.Errorf("authorized_keys[%d]: %w", i, err))
			continue
		}
		r.keys = append(r.keys, key)
	}
	has := map[string]bool{key: len(p.Keys) > 0, certificate: len(p.TLSNames) > 0, password: !p.Password.Empty()}
	missing := map[string]string{key: "authorized_keys", certificate: "tls_names", password: "password"}
	for _, word := range p.Require {
		switch have, known := has[word]; {
		case !known:
			faults = append(faults, fmt.Errorf("require: %q is none of key, password, certificate", word))
		case !have && !p.Template:
			faults = append(faults, fmt.Errorf("require: %s is required and there is no %s", word, missing[word]))
		}
	}
	return r, errors.Join(faults...)
}

// Decide allows the partner whose name the caller gave, or whom an earlier exit named, when its proofs hold. Every
// refusal of an unknown name or a wrong proof costs one password check, so that time tells nobody which it was.
func (e *Exit) Decide(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	claim := q.Facts.Claim
	if q.Point != sdk.PointIdentify || q.Allowed {
		return sdk.PassVerdict(), nil
	}
	if claim == nil {
		claim = &sdk.Claim{}
	}
	r, known := e.find(claim.Name, q.Facts.Partner)
	if !known {
		return e.deny(ctx, claim, sdk.Refuse(sdk.PartnerUnknown, "no partner calls itself %q", claim.Name).By("partners"))
	}
	v, err := e.prove(ctx, r, claim, caller{q.Facts.Time, peerOf(q.Facts)})
	if err != nil || v.Kind != sdk.Allow {
		return v, err
	}
	if !claim.NewSecret.Empty() {
		return sdk.DenyVerdict(sdk.Refuse(sdk.PartnerAddress,
			"the partner %s wants to change its password, which is done in the configuration only", r.ID).By(r.rule("password"))), nil
	}
	if q.Facts.Partner == nil {
		p := r.Partner
		v.Set.Partner = &p
	}
	return v, nil
}

// caller is when and from where somebody calls.
type caller struct {
	at   time.Time
	from netip.Addr
}

func peerOf(f *sdk.Facts) netip.Addr {
	if f.Call == nil {
		return netip.Addr{}
	}
	return f.Call.Peer.Addr()
}

// find gives the record whose proofs count: the caller's own, or that of the partner an earlier exit named. Of a
// configured partner the directory's own record counts, whatever the exit wrote into it.
func (e *Exit) find(name string, named *sdk.Partner) (*record, bool) {
	if named == nil {
		r, ok := e.byName[name]
		return r, ok && name != ""
	}
	if named.From == "" {
		r, ok := e.byID[named.ID]
		return r, ok && !r.Template
	}
	r, err := newRecord(*named)
	return r, err == nil && !named.Template
}

// prove checks every proof that the partner has to bring. None at all is never enough.
func (e *Exit) prove(ctx context.Context, r *record, claim *sdk.Claim, c caller) (sdk.Verdict, error) {
	needs := r.needs(claim)
	if slices.Contains(needs, key) && !r.admits(claim, c) {
		return e.deny(ctx, claim, sdk.Refuse(sdk.PartnerPassword, "%s", r.strange(claim)).By(r.rule("authorized_keys")))
	}
	if slices.Contains(needs, certificate) && !bears(claim.CertNames, r.TLSNames) {
		return e.deny(ctx, claim, sdk.Refuse(sdk.PartnerPassword,
			"the certificate bears none of the names of the partner %s: %q", r.ID, claim.CertNames).By(r.rule("tls_names")))
	}
	if !slices.Contains(needs, password) {
		return sdk.Verdict{Kind: sdk.Allow, Rule: r.rule()}, nil
	}
	if slices.Contains(needs, key) && claim.Secret.Empty() { // half of it holds
		return sdk.DenyVerdict(sdk.Refuse(sdk.PartnerProof, "the key of the partner %s is right, and its password is required too", r.ID).
			By(r.rule("require"))), nil
	}
	right, err := e.checker.CheckPassword(ctx, r.Password, claim.Secret)
	if err != nil {
		return unchecked(fmt.Errorf("check the password of %s: %w", r.ID, err))
	}
	if !right {
		return sdk.DenyVerdict(sdk.Refuse(sdk.PartnerPassword, "wrong password of the partner %s", r.ID).By(r.rule("password"))), nil
	}
	return sdk.Verdict{Kind: sdk.Allow, Rule: r.rule()}, nil
}

// admits reports whether one of the partner's lines knows the key or the certificate of the claim.
func (r *record) admits(claim *sdk.Claim, c caller) bool {
	return slices.ContainsFunc(r.keys, func(l authorized.Line) bool { return l.Admits(claim, r.Name, c.from, c.at) })
}

// strange says for the log what none of the lines admits.
func (r *record) strange(claim *sdk.Claim) string {
	switch {
	case claim.Authority != "":
		return fmt.Sprintf("no line of the partner %s admits a certificate of the authority %s for %q", r.ID, claim.Authority, claim.Principals)
	case claim.Key != "":
		return fmt.Sprintf("no line of the partner %s admits the key %s", r.ID, claim.Key)
	}
	return fmt.Sprintf("the partner %s has to show a key first", r.ID)
}

// rule names the record in the configuration, or one of its keys.
func (r *record) rule(keys ...string) string {
	return sdk.RuleOf(append([]string{"partners", r.ID}, keys...)...)
}

// needs lists the proofs that this caller has to bring: those of the require list, or a key when it came with one, or
// the password where the partner has one or no other proof is configured. Names of certificates that are configured are
// always asked for where no key is.
func (r *record) needs(claim *sdk.Claim) []string {
	needs := slices.Clone(r.Require)
	if len(needs) == 0 {
		switch {
		case claim.Key != "":
			needs = []string{key}
		case r.Password.Empty() && len(r.TLSNames) > 0: // the certificate below is proof enough
		default:
			needs = []string{password}
		}
	}
	if len(r.TLSNames) > 0 && !slices.Contains(needs, key) {
		needs = append(needs, certificate)
	}
	return needs
}

// deny refuses after as much work as a wrong password costs.
func (e *Exit) deny(ctx context.Context, claim *sdk.Claim, r *sdk.Refusal) (sdk.Verdict, error) {
	if _, err := e.checker.CheckPassword(ctx, sdk.Secret{}, claim.Secret); err != nil {
		return unchecked(fmt.Errorf("check a password against nothing: %w", err))
	}
	return sdk.DenyVerdict(r), nil
}

// unchecked is the answer when a password could not be checked: the checker's own refusal, or no answer.
func unchecked(err error) (sdk.Verdict, error) {
	if r, ok := sdk.AsRefusal(err); ok {
		return sdk.DenyVerdict(r), nil
	}
	return sdk.Verdict{}, err
}
