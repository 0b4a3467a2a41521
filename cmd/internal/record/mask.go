package record

import (
	"strings"

	"github.com/postern/postern/sdk"
)

// masked is the question with its secrets replaced; where there is none, none is made up. The exit's own facts are not
// touched.
func masked(q sdk.Question) sdk.Question {
	if q.Facts != nil {
		f := *q.Facts
		if f.Claim != nil {
			c := *f.Claim
			c.Secret, c.NewSecret = mask(c.Secret), mask(c.NewSecret)
			f.Claim = &c
		}
		f.Partner = maskedPartner(f.Partner)
		q.Facts = &f
	}
	q.Earlier.Partner = maskedPartner(q.Earlier.Partner)
	return q
}

func maskedPartner(p *sdk.Partner) *sdk.Partner {
	if p == nil {
		return nil
	}
	m := *p
	m.Password, m.LocalPassword = mask(m.Password), mask(m.LocalPassword)
	return &m
}

func mask(s sdk.Secret) sdk.Secret {
	if s.Empty() {
		return s
	}
	return sdk.NewSecret(Masked)
}

// MaskVerdict is an answer without the secrets that an exit may have put into its words.
func MaskVerdict(v sdk.Verdict, f *sdk.Facts) sdk.Verdict {
	v.Set.Partner = maskedPartner(v.Set.Partner)
	if v.Refusal != nil {
		r := *v.Refusal
		r.Public, r.Detail = withoutSecrets(r.Public, f), withoutSecrets(r.Detail, f)
		v.Refusal = &r
	}
	return v
}

// shortest is the length of secrets that are looked for in words: shorter ones stand in any.
const shortest = 3

func withoutSecrets(words string, f *sdk.Facts) string {
	if f == nil {
		return words
	}
	var secrets []sdk.Secret
	if f.Claim != nil {
		secrets = append(secrets, f.Claim.Secret, f.Claim.NewSecret)
	}
	if f.Partner != nil {
		secrets = append(secrets, f.Partner.Password, f.Partner.LocalPassword)
	}
	for _, s := range secrets {
		if value := s.Reveal(); len(value) >= shortest {
			words = strings.ReplaceAll(words, value, Masked)
		}
	}
	return words
}
