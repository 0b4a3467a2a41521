package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// Partner is one partner, and whether it may call.
type Partner struct {
	ID        string    `json:"id"`
	Name      string    `json:"name" doc:"The name it calls with."`
	Enabled   bool      `json:"enabled"`
	DecidedBy string    `json:"decided_by,omitempty" doc:"The operator whose decision wins over the configuration."`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	Template  bool      `json:"template,omitempty" doc:"Never a caller itself."`
	Expelled  int       `json:"expelled,omitempty" doc:"Sessions that were ended, where that was asked for."`
	Protocols []string  `json:"protocols"`
	Receive   []string  `json:"receive" doc:"Flows we take from it."`
	Send      []string  `json:"send" doc:"Flows it may fetch."`
}

type partnersOutput struct{ Body []Partner }

func (s *Server) listPartners(ctx ctx, _ *struct{}) (*partnersOutput, error) {
	overrides, err := s.options.Catalog.PartnerOverrides(ctx)
	if err != nil {
		return nil, s.fault(ctx, "list partners", err)
	}
	settings, release := s.options.Settings()
	defer release()
	partners := settings.Partners
	out := &partnersOutput{Body: make([]Partner, 0, len(partners))}
	for _, id := range slices.Sorted(maps.Keys(partners)) {
		out.Body = append(out.Body, partnerOf(partners[id], overrides[id]))
	}
	return out, nil
}

func partnerOf(p sdk.Partner, o catalog.PartnerOverride) Partner {
	out := Partner{ID: p.ID, Name: cmp.Or(p.Name, p.ID), Enabled: !p.Disabled, Template: p.Template, Protocols: list(p.Protocols),
		Receive: list(p.Receive), Send: list(p.Send)}
	if o.Enabled != nil {
		out.Enabled, out.DecidedBy, out.DecidedAt = *o.Enabled, o.By, o.At
	}
	return out
}

// list makes an empty list of a missing one, so that JSON never says null.
func list(in []string) []string { return append([]string{}, in...) }

// disabled reports whether a partner may not call at the moment: an operator's decision wins over the configuration.
func (s *Server) disabled(p sdk.Partner) (bool, error) {
	overrides, err := s.options.Catalog.PartnerOverrides(context.Background())
	if err != nil {
		return false, err
	}
	return !partnerOf(p, overrides[p.ID]).Enabled, nil
}

// partnerInput names a partner.
type partnerInput struct {
	Partner string `path:"partner" minLength:"1"`
}

// disableInput names a partner, and says what becomes of its sessions.
type disableInput struct {
	Partner string `path:"partner" minLength:"1"`
	Force   bool   `query:"force" doc:"End the partner's sessions too; their transfers are interrupted and can be restarted."`
}

type partnerOutput struct{ Body Partner }

func (s *Server) enablePartner(ctx ctx, in *partnerInput) (*partnerOutput, error) {
	return s.switchPartner(true)(ctx, in)
}

func (s *Server) disablePartner(ctx ctx, in *disableInput) (*partnerOutput, error) {
	out, err := s.switchPartner(false)(ctx, &partnerInput{in.Partner})
	if err == nil && in.Force {
		out.Body.Expelled = s.options.Sessions.Expel(in.Partner, by(ctx))
	}
	return out, err
}

func (s *Server) switchPartner(enabled bool) func(ctx, *partnerInput) (*partnerOutput, error) {
	verb := map[bool]string{true: "enable", false: "disable"}[enabled]
	return func(ctx ctx, in *partnerInput) (*partnerOutput, error) {
		settings, release := s.options.Settings()
		defer release()
		p, ok := settings.Partners[in.Partner]
		if !ok {
			return nil, refused(fmt.Sprintf("no partner is called %q", in.Partner))
		}
		if err := s.options.Partners.SetPartner(ctx, in.Partner, enabled, by(ctx)); err != nil {
			return nil, s.fault(ctx, verb+" partner", err)
		}
		s.acted(ctx, "partner "+verb, catalog.Entry{Partner: in.Partner})
		overrides, err := s.options.Catalog.PartnerOverrides(ctx)
		if err != nil {
			return nil, s.fault(ctx, verb+" partner", err)
		}
		return &partnerOutput{partnerOf(p, overrides[in.Partner])}, nil
	}
}
