package chain

import (
	"github.com/postern/postern/sdk"
)

// roster knows the partners of the configuration, so that nobody else bears their names.
type roster struct {
	byID, byName map[string]*sdk.Partner
}

// partner decides whom the call belongs to after an answer at identify: given is the partner that the exit named, nil
// when it named none. An exit names a configured partner only with pass, unless its link lists it; it makes up a
// partner only from a template and never under a configured name.
func (a *asking) partner(l *link, given *sdk.Partner, allow bool) (*sdk.Partner, *sdk.Refusal) {
	now := a.Facts.Partner
	next := now
	if given != nil {
		base, r := a.model(l, given)
		if r != nil {
			return nil, r
		}
		next = a.set.roster.filled(base, given)
		if a.Allowed && (now.ID != next.ID || now.Name != next.Name) {
			return nil, a.broke(l, "named the partner %q after %q was allowed", next.ID, now.ID)
		}
	}
	if !allow {
		return changed(given, next), nil
	}
	if next == nil {
		return nil, a.broke(l, "allowed without saying whom")
	}
	if next.From == "" && !l.Directory && !l.partners[next.ID] {
		return nil, a.broke(l, "allowed the configured partner %q, which is not among its grants", next.ID)
	}
	return changed(given, next), nil
}

// changed is nil when the exit left the partner alone.
func changed(given, next *sdk.Partner) *sdk.Partner {
	if given == nil {
		return nil
	}
	return next
}

// model finds the record that fills what the exit left out: the configured partner, the template, or what an earlier
// exit of this question has made of them.
func (a *asking) model(l *link, given *sdk.Partner) (*sdk.Partner, *sdk.Refusal) {
	r, now := a.set.roster, a.Facts.Partner
	id, name := r.byID[given.ID], r.byName[given.Name]
	if given.ID == "" && given.Name == "" {
		return nil, a.broke(l, "named a partner without ID and name")
	}
	if given.From == "" && (id != nil || name != nil) {
		return a.configured(l, given, id, name)
	}
	if now != nil && now.From != "" && now.ID == given.ID && (given.From == "" || given.From == now.From) {
		if given.Name != "" && r.taken(given.Name) {
			return nil, a.broke(l, "gave a made-up partner the configured name %q", given.Name)
		}
		return now, nil
	}
	return a.template(l, given)
}

func (a *asking) configured(l *link, given, id, name *sdk.Partner) (*sdk.Partner, *sdk.Refusal) {
	p := id
	if p == nil {
		p = name
	}
	if (given.ID != "" && given.ID != p.ID) || (given.Name != "" && given.Name != p.Name) {
		return nil, a.broke(l, "mixed the partner %q with the name or ID of another (%q, %q)", p.ID, given.ID, given.Name)
	}
	if p.Template {
		return nil, a.broke(l, "named the template %q as a caller", p.ID)
	}
	if now := a.Facts.Partner; now != nil && now.ID == p.ID {
		return now, nil
	}
	return p, nil
}

func (a *asking) template(l *link, given *sdk.Partner) (*sdk.Partner, *sdk.Refusal) {
	r := a.set.roster
	switch t := r.byID[given.From]; {
	case given.From == "":
		return nil, a.broke(l, "named %q, who is not configured, without a template", given.ID+given.Name)
	case t == nil || !t.Template:
		return nil, a.broke(l, "made up a partner from %q, which is no template", given.From)
	case given.ID == "":
		return nil, a.broke(l, "made up a partner without an ID")
	case r.taken(given.ID) || r.taken(given.Name):
		return nil, a.broke(l, "gave a made-up partner the configured name %q or %q", given.ID, given.Name)
	default:
		return t, nil
	}
}

func (r roster) taken(name string) bool {
	return r.byID[name] != nil || (name != "" && r.byName[name] != nil)
}

// filled lays what the exit gave over the model. Nil and zero mean "as the model has it", an empty list means none.
// How a configured partner proves itself is never an exit's to change, nor is an operator's no.
func (r roster) filled(model, given *sdk.Partner) *sdk.Partner {
	p := clonePartner(given)
	p.Template = false
	p.Disabled = p.Disabled || model.Disabled
	p.Messages = p.Messages || model.Messages
	if p.From == "" && !model.Template {
		p.From = model.From
	}
	own := p.From == "" // configured
	if own {
		p.ID, p.Name = model.ID, model.Name
	}
	if p.Name == "" {
		p.Name = p.ID
		if !model.Template {
			p.Name = model.Name
		}
	}
	fill(&p.Group, model.Group)
	fill(&p.LocalName, model.LocalName)
	fill(&p.DefaultFlow, model.DefaultFlow)
	fill(&p.MaxSessions, model.MaxSessions)
	fill(&p.MaxTransfers, model.MaxTransfers)
	fill(&p.LocalPassword, model.LocalPassword)
	if own || p.Password.Empty() {
		p.Password = model.Password
	}
	fillList(&p.Keys, model.Keys, own)
	fillList(&p.TLSNames, model.TLSNames, own)
	fillList(&p.Require, model.Require, own)
	fillList(&p.Protocols, model.Protocols, false)
	fillList(&p.AllowFrom, model.AllowFrom, false)
	fillList(&p.Hours, model.Hours, false)
	fillList(&p.Receive, model.Receive, false)
	fillList(&p.Send, model.Send, false)
	if p.Labels == nil {
		p.Labels = model.Labels
	}
	return clonePartner(p)
}

func fill[T comparable](field *T, model T) {
	var zero T
	if *field == zero {
		*field = model
	}
}

func fillList[T any](field *[]T, model []T, always bool) {
	if *field == nil || always {
		*field = model
	}
}
