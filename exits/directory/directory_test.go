package directory

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/authorized"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

const (
	// Public keys of nobody: the bytes 0 to 31 and back. The fingerprint is what OpenSSH's "ssh-keygen -lf" says.
	keyLine  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f paris@example.org"
	otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"
)

// plain compares plain text and counts.
type plain struct {
	mu    sync.Mutex
	calls int
	err   error
}

func (c *plain) CheckPassword(_ context.Context, stored, given sdk.Secret) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	return !stored.Empty() && stored.Equal(given), c.err
}

func (c *plain) count() int { c.mu.Lock(); defer c.mu.Unlock(); return c.calls }

func partners() []sdk.Partner {
	pw := sdk.NewSecret("sesame")
	return []sdk.Partner{
		{ID: "PARIS", Name: "PARIS01", Password: pw},
		{ID: "LYON", Name: "LYON01", Password: pw, TLSNames: []string{"lyon.example.org", "LYON2.example.org"}},
		{ID: "CERT", Name: "CERT", TLSNames: []string{"cert.example.org"}, Require: []string{"certificate"}},
		{ID: "HALF", Name: "HALF", TLSNames: []string{"half.example.org"}}, // the name of its certificate is the only proof there is
		{ID: "KEY", Name: "KEY", Keys: []string{keyLine}},
		{ID: "SIGNED", Name: "SIGNED", Keys: []string{"cert-authority " + keyLine}},
		{ID: "BOTH", Name: "BOTH", Keys: []string{keyLine}, Password: pw, Require: []string{"key", "password"}},
		{ID: "ANY", Name: "ANY", Keys: []string{keyLine}, Password: pw},
		{ID: "OPEN", Name: "OPEN"}, // nothing to prove itself with
		{ID: "SHOP", Name: "SHOP", Template: true, Password: pw},
	}
}

func newExit(t *testing.T) (*Exit, *plain) {
	t.Helper()
	c := &plain{}
	e, err := New(partners(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}

func TestTheExitKeepsTheContract(t *testing.T) {
	e, _ := newExit(t)
	exittest.Contract(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: "PARIS01", Secret: sdk.NewSecret("sesame")}}},
		sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: "PARIS01"}}, Allowed: true})
}

func TestWhoIsLetIn(t *testing.T) {
	e, checker := newExit(t)
	print, other := printOf(t, keyLine), printOf(t, otherKey)
	pw, wrong := sdk.NewSecret("sesame"), sdk.NewSecret("wrong")
	for _, c := range []struct {
		name   string
		claim  sdk.Claim
		want   sdk.Code
		checks int
	}{
		{"name and password", sdk.Claim{Name: "PARIS01", Secret: pw}, "", 1},
		{"a wrong password", sdk.Claim{Name: "PARIS01", Secret: wrong}, sdk.PartnerPassword, 1},
		{"no password", sdk.Claim{Name: "PARIS01"}, sdk.PartnerPassword, 1},
		{"an unknown name", sdk.Claim{Name: "ROME", Secret: pw}, sdk.PartnerUnknown, 1},
		{"the ID instead of the name", sdk.Claim{Name: "PARIS", Secret: pw}, sdk.PartnerUnknown, 1},
		{"the name in other case", sdk.Claim{Name: "paris01", Secret: pw}, sdk.PartnerUnknown, 1},
		{"no name", sdk.Claim{Secret: pw}, sdk.PartnerUnknown, 1},
		{"a template's name and password", sdk.Claim{Name: "SHOP", Secret: pw}, sdk.PartnerUnknown, 1},
		{"a partner that has no proof to give", sdk.Claim{Name: "OPEN"}, sdk.PartnerPassword, 1},
		{"a password for a partner that has none", sdk.Claim{Name: "OPEN", Secret: pw}, sdk.PartnerPassword, 1},
		{"a key for a partner that has none", sdk.Claim{Name: "OPEN", Key: print}, sdk.PartnerPassword, 1},
		{"password and certificate", sdk.Claim{Name: "LYON01", Secret: pw, CertNames: []string{"x", "lyon.example.org"}}, "", 1},
		{"a certificate in other case", sdk.Claim{Name: "LYON01", Secret: pw, CertNames: []string{"lyon2.EXAMPLE.org"}}, "", 1},
		{"the password without the certificate", sdk.Claim{Name: "LYON01", Secret: pw}, sdk.PartnerPassword, 1},
		{"the password with another's certificate", sdk.Claim{Name: "LYON01", Secret: pw, CertNames: []string{"cert.example.org"}}, sdk.PartnerPassword, 1},
		{"the certificate without the password", sdk.Claim{Name: "LYON01", CertNames: []string{"lyon.example.org"}}, sdk.PartnerPassword, 1},
		{"the certificate where it is enough", sdk.Claim{Name: "CERT", CertNames: []string{"cert.example.org"}}, "", 0},
		{"an empty name in the certificate", sdk.Claim{Name: "CERT", CertNames: []string{""}}, sdk.PartnerPassword, 1},
		{"the certificate where it is the only proof", sdk.Claim{Name: "HALF", CertNames: []string{"half.example.org"}}, "", 0},
		{"another certificate where it is the only proof", sdk.Claim{Name: "HALF", CertNames: []string{"cert.example.org"}}, sdk.PartnerPassword, 1},
		{"no certificate where it is the only proof", sdk.Claim{Name: "HALF", Secret: sdk.NewSecret("x")}, sdk.PartnerPassword, 1},
		{"a key", sdk.Claim{Name: "KEY", Key: print}, "", 0},
		{"another key", sdk.Claim{Name: "KEY", Key: other}, sdk.PartnerPassword, 1},
		{"no key and a password that is not configured", sdk.Claim{Name: "KEY", Secret: pw}, sdk.PartnerPassword, 1},
		{"key and password", sdk.Claim{Name: "BOTH", Key: print, Secret: pw}, "", 1},
		{"the key without the password", sdk.Claim{Name: "BOTH", Key: print}, sdk.PartnerProof, 0},
		{"the password without the key", sdk.Claim{Name: "BOTH", Secret: pw}, sdk.PartnerPassword, 1},
		{"the key and a wrong password", sdk.Claim{Name: "BOTH", Key: print, Secret: wrong}, sdk.PartnerPassword, 1},
		{"a certificate of a trusted authority", sdk.Claim{Name: "SIGNED", Key: other, Authority: print, Principals: []string{"SIGNED"}}, "", 0},
		{"a certificate for another name", sdk.Claim{Name: "SIGNED", Key: other, Authority: print, Principals: []string{"KEY"}}, sdk.PartnerPassword, 1},
		{"a certificate of an authority that only is a key", sdk.Claim{Name: "KEY", Key: other, Authority: print, Principals: []string{"KEY"}}, sdk.PartnerPassword, 1},
		{"a key that only is an authority", sdk.Claim{Name: "SIGNED", Key: print}, sdk.PartnerPassword, 1},
		{"the password without the key", sdk.Claim{Name: "BOTH", Secret: pw}, sdk.PartnerPassword, 1},
		{"the key where either will do", sdk.Claim{Name: "ANY", Key: print}, "", 0},
		{"the password where either will do", sdk.Claim{Name: "ANY", Secret: pw}, "", 1},
		{"a wrong key with the right password", sdk.Claim{Name: "ANY", Key: other, Secret: pw}, sdk.PartnerPassword, 1},
		{"a new password", sdk.Claim{Name: "PARIS01", Secret: pw, NewSecret: wrong}, sdk.PartnerAddress, 1},
		{"a new password with a wrong one", sdk.Claim{Name: "PARIS01", Secret: wrong, NewSecret: wrong}, sdk.PartnerPassword, 1},
	} {
		before := checker.count()
		v := ask(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &c.claim}})
		if got := code(v); got != c.want || (c.want == "") != (v.Kind == sdk.Allow) {
			t.Errorf("%s: %s %q, want %q", c.name, v.Kind, got, c.want)
		}
		if n := checker.count() - before; n != c.checks {
			t.Errorf("%s: cost %d password checks, want %d", c.name, n, c.checks)
		}
		if v.Kind == sdk.Allow && (v.Set.Partner == nil || v.Set.Partner.Name != c.claim.Name) {
			t.Errorf("%s: let in %+v", c.name, v.Set.Partner)
		}
	}
}

func TestAnUnknownNameAndAWrongPasswordLookTheSameFromOutside(t *testing.T) {
	e, _ := newExit(t)
	a := ask(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: "ROME"}}}).Refusal
	b := ask(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: "PARIS01"}}}).Refusal
	rowA, _ := a.Code.Row()
	rowB, _ := b.Code.Row()
	if a.Public != b.Public || a.Temporary != b.Temporary || rowA.PeSIT != rowB.PeSIT {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestAPartnerNamedByAnEarlierExitProvesItselfTheSame(t *testing.T) {
	e, _ := newExit(t)
	named := func(p *sdk.Partner, secret string) sdk.Verdict {
		f := &sdk.Facts{Partner: p, Claim: &sdk.Claim{Name: "WHOEVER", Secret: sdk.NewSecret(secret)}}
		return ask(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: f})
	}
	forged := &sdk.Partner{ID: "PARIS", Name: "PARIS01", Password: sdk.NewSecret("forged")}
	made := &sdk.Partner{ID: "SHOP17", Name: "SHOP17", From: "SHOP", Password: sdk.NewSecret("made")}
	for _, c := range []struct {
		name    string
		partner *sdk.Partner
		secret  string
		want    sdk.Code
	}{
		{"a configured partner with its own password", forged, "sesame", ""},
		{"a configured partner with a password the exit wrote", forged, "forged", sdk.PartnerPassword},
		{"a made-up partner with its password", made, "made", ""},
		{"a made-up partner with another", made, "sesame", sdk.PartnerPassword},
		{"a made-up partner without any", &sdk.Partner{ID: "SHOP18", From: "SHOP"}, "", sdk.PartnerPassword},
		{"a made-up partner with a key that is none", &sdk.Partner{ID: "SHOP18", From: "SHOP", Password: sdk.NewSecret("made"), Keys: []string{"x"}}, "made", sdk.PartnerUnknown},
		{"a partner that nobody knows", &sdk.Partner{ID: "GHOST", Password: sdk.NewSecret("made")}, "made", sdk.PartnerUnknown},
		{"a template", &sdk.Partner{ID: "SHOP", Template: true}, "sesame", sdk.PartnerUnknown},
	} {
		v := named(c.partner, c.secret)
		if got := code(v); got != c.want {
			t.Errorf("%s: %s %q, want %q", c.name, v.Kind, got, c.want)
		}
		if v.Set.Partner != nil {
			t.Errorf("%s: named %s itself", c.name, v.Set.Partner.ID)
		}
	}
}

func TestWhoWasAllowedIsNotAskedAgain(t *testing.T) {
	e, checker := newExit(t)
	v := ask(t, e, sdk.Question{Point: sdk.PointIdentify, Allowed: true, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: "X"}, Partner: &sdk.Partner{ID: "SHOP17", From: "SHOP"}}})
	if v.Kind != sdk.Pass || checker.count() != 0 {
		t.Errorf("%s after %d checks", v.Kind, checker.count())
	}
}

func TestACheckThatFailsIsAFailureAndNoVerdict(t *testing.T) {
	for _, name := range []string{"PARIS01", "ROME"} {
		e, err := New(partners(), &plain{err: context.DeadlineExceeded})
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Decide(t.Context(), sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: name, Secret: sdk.NewSecret("sesame")}}})
		if !errors.Is(err, context.DeadlineExceeded) || v.Kind == sdk.Allow {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestACheckerThatSendsCallersAwayRefusesThemWhoeverTheyAre(t *testing.T) {
	busy := sdk.Refuse(sdk.LimitSessions, "64 wait")
	for _, name := range []string{"PARIS01", "ROME"} {
		e, err := New(partners(), &plain{err: busy})
		if err != nil {
			t.Fatal(err)
		}
		v := ask(t, e, sdk.Question{Point: sdk.PointIdentify, Facts: &sdk.Facts{Claim: &sdk.Claim{Name: name, Secret: sdk.NewSecret("sesame")}}})
		if v.Kind != sdk.Deny || v.Refusal != busy || !v.Refusal.Temporary {
			t.Errorf("%s: %s, %v", name, v.Kind, v.Refusal)
		}
	}
}

func TestEveryFaultOfTheDirectoryIsReported(t *testing.T) {
	_, err := New([]sdk.Partner{
		{ID: "A", Name: "A", Keys: []string{"from=\"*\" " + keyLine, "ssh-rsa " + strings.Fields(keyLine)[1], "nothing"}},
		{ID: "B", Name: "A", Require: []string{"key", "password", "certificate", "luck"}},
		{ID: "B", Name: "C"},
		{ID: "T", Template: true, Require: []string{"password"}},
	}, &plain{})
	for _, want := range []string{"partners.A: authorized_keys[0]: from", "authorized_keys[1]: the key is not of the type", "authorized_keys[2]: it is no public key",
		`partners.B: calls with the name "A"`, "partners.B: is there twice", "no authorized_keys", "no password", "no tls_names", `"luck" is none`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "partners.T") {
		t.Errorf("a template needs no password of its own: %v", err)
	}
}

func printOf(t *testing.T, line string) string {
	t.Helper()
	l, err := authorized.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return l.Print
}

func ask(t *testing.T, e *Exit, q sdk.Question) sdk.Verdict {
	t.Helper()
	v, err := e.Decide(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func code(v sdk.Verdict) sdk.Code {
	if v.Refusal == nil {
		return ""
	}
	return v.Refusal.Code
}
