package admin

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// Offer puts a file at a partner's disposal.
type Offer struct {
	Partner  string `query:"partner" required:"true" minLength:"1" doc:"Who may fetch it."`
	Flow     string `query:"flow" required:"true" minLength:"1" doc:"What kind of file it is."`
	Name     string `query:"name" doc:"The name the partner knows it by; default for a file in place: the last element of its path."`
	InPlace  string `query:"in_place" doc:"A file that is in the flow's backend already; then no content is sent."`
	Label    string `query:"label" doc:"A longer name, told to the partner."`
	Text     string `query:"text" maxLength:"4096" doc:"Free text, told to the partner."`
	Priority int    `query:"priority" minimum:"0" maximum:"2" default:"1" doc:"0 urgent, 1 normal, 2 low: released in that order."`
	Size     int64  `query:"size" minimum:"-1" default:"-1" doc:"Bytes that follow; -1 when that is not known."`
}

// offerInput is an offer with the stream of its content.
type offerInput struct {
	Offer
	content io.Reader
}

// Resolve takes the request's body as it is, so that a file of any size passes through.
func (i *offerInput) Resolve(c huma.Context) []error {
	i.content = c.BodyReader()
	return nil
}

// Offered is the entry of an offer, and what the operator should know about it.
type Offered struct {
	Entry   Entry  `json:"entry"`
	Warning string `json:"warning,omitempty" doc:"Why the partner cannot fetch it at the moment."`
}

type offeredOutput struct{ Body Offered }

func offerOperation() huma.Operation {
	o := op(http.MethodPost, "/offers", "offer",
		"Put a file at a partner's disposal. The content is copied into the flow's backend and durable before the answer.")
	o.DefaultStatus = http.StatusCreated
	o.RequestBody = &huma.RequestBody{Description: "The file, unless it is in place.", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	return o
}

func (s *Server) offer(ctx ctx, in *offerInput) (*offeredOutput, error) {
	settings, release := s.options.Settings()
	defer release()
	p, err := s.plan(settings, in.Offer)
	if err != nil {
		return nil, s.fault(ctx, "offer", err)
	}
	if in.InPlace != "" {
		err = p.find(in.InPlace)
	} else {
		err = p.copy(ctx, s.options.Catalog, in.content, in.Size)
	}
	if err != nil {
		return nil, s.fault(ctx, "offer", err)
	}
	e, err := s.options.Catalog.Offer(ctx, p.entry)
	if errors.Is(err, catalog.ErrUncertain) { // the entry may be found again: its file must be there then
		return nil, s.fault(ctx, "offer", fmt.Errorf("%w; look for %s in the catalog once the server has been started again", err, p.entry.ID))
	}
	if err != nil {
		return nil, s.fault(ctx, "offer", errors.Join(err, p.undo(ctx, s.options.Catalog)))
	}
	s.acted(ctx, "offer", e)
	return &offeredOutput{Offered{Entry: Entry{e}, Warning: p.warning}}, nil
}

// plan is an offer that may be made.
type plan struct {
	entry   catalog.Entry
	flow    *session.Flow
	backend sdk.Backend
	warning string
	copied  bool // the file has its name
	noted   bool // the catalog has a note of it
}

// plan looks at everything that can refuse before a byte is stored.
func (s *Server) plan(settings Settings, o Offer) (*plan, error) {
	partner, ok := settings.Partners[o.Partner]
	if !ok || partner.Template {
		return nil, refused(fmt.Sprintf("no partner is called %q", o.Partner))
	}
	flow := settings.Flows[o.Flow]
	if flow == nil {
		return nil, refused(fmt.Sprintf("no flow is called %q", o.Flow))
	}
	if !allows(partner.Send, o.Flow) {
		return nil, refused(fmt.Sprintf("partner %s may not fetch flow %s: add it to partners.%s.send", o.Partner, o.Flow, o.Partner))
	}
	backend, ok := settings.Backends[flow.Backend]
	if !ok {
		return nil, refused(fmt.Sprintf("flow %s has no backend", o.Flow))
	}
	p := &plan{flow: flow, backend: backend}
	if disabled, err := s.disabled(partner); err != nil {
		return nil, err
	} else if disabled {
		p.warning = "partner " + o.Partner + " is disabled and cannot fetch it before it is enabled"
	}
	return p, s.fill(p, o, partner)
}

// fill makes the entry.
func (s *Server) fill(p *plan, o Offer, partner sdk.Partner) error {
	id, err := catalog.NewID(s.options.Now(), s.options.Random)
	if err != nil {
		return err
	}
	name := cmp.Or(o.Name, naming.FileOf(o.InPlace, ""))
	if err := naming.CheckValue(name); err != nil {
		return fmt.Errorf("the name %q cannot be offered: %w", name, err)
	}
	p.entry = catalog.Entry{ID: id, Kind: catalog.File, Direction: catalog.Send, Role: catalog.Server, Partner: o.Partner,
		Flow: o.Flow, File: name, Label: o.Label, Text: o.Text, Priority: o.Priority, Backend: p.flow.Backend}
	if o.InPlace != "" {
		p.entry.Path = o.InPlace
		return nil
	}
	p.entry.OnExists = p.flow.OnExists
	p.entry.Path, err = p.flow.Template.Expand(naming.Values{Partner: partner.ID, Group: partner.Group, Flow: o.Flow, File: name,
		Label: o.Label, ID: id, Time: s.options.Now()})
	return err
}

func allows(masks []string, flow string) bool {
	for _, m := range masks {
		if m != "" && catalog.Match(m, flow) {
			return true
		}
	}
	return false
}

// find looks for a file that is in place already.
func (p *plan) find(path string) error {
	if err := sdk.CheckPath(path); err != nil {
		return err
	}
	r, err := p.backend.Open(path)
	if err != nil {
		return err
	}
	p.entry.Size = r.Info().Size
	return r.Close()
}
