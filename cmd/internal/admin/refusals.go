package admin

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/core/catalog"
)

// RefusalQuery chooses refusals. What is empty chooses all.
type RefusalQuery struct {
	Partner string    `query:"partner" doc:"Refusals of this partner."`
	Code    string    `query:"code" doc:"Refusals with this code."`
	Phase   string    `query:"phase" doc:"Refusals in this phase."`
	Since   time.Time `query:"since" doc:"Refusals at this time or later."`
	Until   time.Time `query:"until" doc:"Refusals before this time."`
	Limit   int       `query:"limit" minimum:"0" doc:"The newest so many of them; 0 for all."`
}

func (s *Server) listRefusals(ctx ctx, in *RefusalQuery) (*huma.StreamResponse, error) {
	return stream(s, ctx, "list refusals", s.options.Catalog.Refused(ctx, catalog.RefusalFilter{Partner: in.Partner,
		Code: catalog.Code(in.Code), Phase: in.Phase, Since: in.Since, Until: in.Until, Limit: in.Limit, Last: in.Limit > 0}))
}
