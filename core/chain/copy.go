package chain

import (
	"maps"
	"slices"

	"github.com/postern/postern/sdk"
)

// An exit gets facts of its own: what it writes into them reaches nobody. Files are the one thing that is shared; they
// can only be read.

func ptr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func cloneTerms(t sdk.Terms) sdk.Terms {
	out := slices.Clone(t)
	for i := range out {
		out[i].Words = slices.Clone(out[i].Words)
	}
	return out
}

func clonePartner(p *sdk.Partner) *sdk.Partner {
	c := ptr(p)
	if c == nil {
		return nil
	}
	c.Keys, c.TLSNames, c.Require = slices.Clone(c.Keys), slices.Clone(c.TLSNames), slices.Clone(c.Require)
	c.Manage = slices.Clone(c.Manage)
	c.Protocols, c.AllowFrom = slices.Clone(c.Protocols), slices.Clone(c.AllowFrom)
	c.Receive, c.Send, c.Labels = slices.Clone(c.Receive), slices.Clone(c.Send), maps.Clone(c.Labels)
	c.Hours = slices.Clone(c.Hours)
	for i := range c.Hours {
		c.Hours[i].Days = slices.Clone(c.Hours[i].Days)
	}
	return c
}

func cloneFlow(f *sdk.Flow) *sdk.Flow {
	c := ptr(f)
	if c == nil {
		return nil
	}
	c.Compression, c.Points = slices.Clone(c.Compression), maps.Clone(c.Points)
	for p, names := range c.Points {
		c.Points[p] = slices.Clone(names)
	}
	return c
}

func cloneFacts(f *sdk.Facts) *sdk.Facts {
	if f == nil {
		return &sdk.Facts{}
	}
	c := *f
	c.Call, c.Partner, c.Flow = ptr(f.Call), clonePartner(f.Partner), cloneFlow(f.Flow)
	c.Proposed, c.Terms = cloneTerms(f.Proposed), cloneTerms(f.Terms)
	c.Restart, c.Filter, c.File = ptr(f.Restart), ptr(f.Filter), ptr(f.File)
	c.Message, c.Interrupt, c.Done, c.Close = ptr(f.Message), ptr(f.Interrupt), ptr(f.Done), ptr(f.Close)
	if c.Claim = ptr(f.Claim); c.Claim != nil {
		c.Claim.CertNames, c.Claim.Principals = slices.Clone(c.Claim.CertNames), slices.Clone(c.Claim.Principals)
	}
	if c.Request = ptr(f.Request); c.Request != nil {
		c.Request.Terms, c.Request.Attributes = cloneTerms(c.Request.Terms), maps.Clone(c.Request.Attributes)
	}
	if c.Target = ptr(f.Target); c.Target != nil {
		c.Target.Attributes = maps.Clone(c.Target.Attributes)
	}
	return &c
}

func cloneChanges(s *sdk.Changes) sdk.Changes {
	c := *s
	c.Partner, c.Terms = clonePartner(s.Partner), cloneTerms(s.Terms)
	c.PathVars, c.Labels, c.Attributes = maps.Clone(s.PathVars), maps.Clone(s.Labels), maps.Clone(s.Attributes)
	c.Flow, c.Path, c.Backend, c.Quarantine = ptr(s.Flow), ptr(s.Path), ptr(s.Backend), ptr(s.Quarantine)
	c.Reply, c.FollowUp, c.Comment = ptr(s.Reply), ptr(s.FollowUp), ptr(s.Comment)
	c.Priority, c.OnExists, c.Keep = ptr(s.Priority), ptr(s.OnExists), ptr(s.Keep)
	return c
}

// hideSecrets empties every secret of a question, in copies of what holds one.
func hideSecrets(q *sdk.Question) {
	if c := q.Facts.Claim; c != nil && !(c.Secret.Empty() && c.NewSecret.Empty()) {
		q.Facts.Claim = ptr(c)
		q.Facts.Claim.Secret, q.Facts.Claim.NewSecret = sdk.Secret{}, sdk.Secret{}
	}
	for _, p := range [...]**sdk.Partner{&q.Facts.Partner, &q.Earlier.Partner} {
		if *p != nil && !((*p).Password.Empty() && (*p).LocalPassword.Empty()) {
			*p = ptr(*p)
			(*p).Password, (*p).LocalPassword = sdk.Secret{}, sdk.Secret{}
		}
	}
}
