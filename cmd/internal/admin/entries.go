package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/core/catalog"
)

type ctx = context.Context

// Query chooses entries. What is empty chooses all.
type Query struct {
	Partner string    `query:"partner" doc:"Entries of this partner."`
	Flow    string    `query:"flow" doc:"Entries of this flow."`
	Status  string    `query:"status" enum:"available,running,interrupted,suspended,kept,processing,done" doc:"Entries in this state."`
	File    string    `query:"file" doc:"Entries of files with this name, or that match this mask of * and ?. They are looked for among the newest 100,000 that the other parameters choose."`
	Since   time.Time `query:"since" doc:"Entries made at this time or later."`
	Until   time.Time `query:"until" doc:"Entries made before this time."`
	Limit   int       `query:"limit" minimum:"0" doc:"The newest so many of them; 0 for all."`
}

func (q Query) filter() catalog.Filter {
	return catalog.Filter{Partner: q.Partner, Flow: q.Flow, Status: catalog.Status(q.Status), File: q.File, Since: q.Since, Until: q.Until,
		Limit: q.Limit, Last: q.Limit > 0}
}

func (s *Server) listEntries(ctx ctx, in *Query) (*huma.StreamResponse, error) {
	return stream(s, ctx, "list entries", s.options.Catalog.List(ctx, in.filter()))
}

// entryInput names an entry.
type entryInput struct {
	ID string `path:"id" maxLength:"64" doc:"The id, or the beginning of it."`
}

type entryOutput struct{ Body Entry }

func (s *Server) getEntry(ctx ctx, in *entryInput) (*entryOutput, error) {
	e, err := s.entry(ctx, in.ID)
	if err != nil {
		return nil, s.fault(ctx, "show entry", err)
	}
	return &entryOutput{Entry{e}}, nil
}

// entry finds an entry by its id or the beginning of it.
func (s *Server) entry(ctx ctx, id string) (catalog.Entry, error) {
	if len(id) < catalog.MinPrefix {
		return catalog.Entry{}, problem(http.StatusNotFound, kindNotFound,
			fmt.Sprintf("%q is no id: at least the first %d characters of one are needed", id, catalog.MinPrefix))
	}
	return s.options.Catalog.Get(ctx, id)
}

// operation does something to one entry and returns it as it is afterwards.
type operation func(ctx ctx, e catalog.Entry) (catalog.Entry, error)

// command makes an operation of the API of one on an entry.
func (s *Server) command(name string, run operation) func(ctx, *entryInput) (*entryOutput, error) {
	return func(ctx ctx, in *entryInput) (*entryOutput, error) {
		e, err := s.entry(ctx, in.ID)
		if err == nil {
			e, err = run(ctx, e)
		}
		if err != nil {
			return nil, s.fault(ctx, name, err)
		}
		s.acted(ctx, name, e)
		return &entryOutput{Entry{e}}, nil
	}
}
