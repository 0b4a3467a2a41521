package admin

import (
	"net/http"

	"github.com/postern/postern/core/catalog"
)

// Explained is the story of a transfer or of a refusal.
type Explained struct {
	Kind      string             `json:"kind" enum:"transfer,refusal"`
	ID        string             `json:"id" doc:"Of the entry or of the refusal."`
	Session   string             `json:"session" doc:"That it belongs to; the decisions of the session before the request are among the others."`
	Entry     *Entry             `json:"entry,omitempty" doc:"The transfer."`
	Refusal   *catalog.Refusal   `json:"refusal,omitempty"`
	Meaning   string             `json:"meaning,omitempty" doc:"What the code means."`
	Decisions []catalog.Decision `json:"decisions" doc:"Oldest first, with the rule of the configuration and where it stood."`
	More      int64              `json:"more,omitempty" doc:"Decisions that were made after those that are kept."`
	Next      []string           `json:"next" doc:"What an operator can do."`
}

type explainedOutput struct{ Body Explained }

// explain finds a transfer or a refusal by its id or the beginning of it.
func (s *Server) explain(ctx ctx, in *entryInput) (*explainedOutput, error) {
	x, err := Explain(ctx, s.options.Catalog, in.ID)
	if err != nil {
		return nil, s.fault(ctx, "explain", err)
	}
	return &explainedOutput{x}, nil
}

// newestInput names a partner, and perhaps one of its flows.
type newestInput struct {
	Partner string `query:"partner" required:"true" minLength:"1"`
	Flow    string `query:"flow"`
}

// explainNewest explains what happened last.
func (s *Server) explainNewest(ctx ctx, in *newestInput) (*explainedOutput, error) {
	x, err := ExplainNewest(ctx, s.options.Catalog, in.Partner, in.Flow)
	if err != nil {
		return nil, s.fault(ctx, "explain", err)
	}
	return &explainedOutput{x}, nil
}

// Exit is an exit of the configuration, or one that ships with the server.
type Exit struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind" enum:"built-in,reactor,command,process,module" doc:"How it is asked."`
	File     string   `json:"file,omitempty" doc:"The module or program."`
	Version  string   `json:"version,omitempty" doc:"As it says of itself."`
	SHA256   string   `json:"sha256,omitempty" doc:"Of the file that is loaded."`
	Pinned   bool     `json:"pinned" doc:"Whether the configuration names the digest."`
	Signer   string   `json:"signer,omitempty" doc:"The id of the key that signed the file."`
	Points   []string `json:"points" doc:"Where it is asked; with listeners., partners. or flows. in front where only there."`
	Calls    int64    `json:"calls" doc:"Questions since the server started; of a filter, transfers."`
	Failures int64    `json:"failures" doc:"Questions that got no answer."`
	State    string   `json:"state,omitempty" doc:"ok, why it is not asked at the moment, or why it gave no answer the last time."`
}

type exitsOutput struct{ Body []Exit }

func (s *Server) listExits(ctx, *struct{}) (*exitsOutput, error) {
	return &exitsOutput{append([]Exit{}, s.options.Exits()...)}, nil
}

// Explain gets the story of a transfer or a refusal by its id or the beginning of it.
func (c *Client) Explain(ctx ctx, id string) (Explained, error) {
	if err := named("entry", id); err != nil {
		return Explained{}, err
	}
	return ask[Explained](ctx, c, http.MethodGet, "/explain/"+id, nil)
}

// ExplainNewest gets the story of what happened last to a partner, or to a flow of it.
func (c *Client) ExplainNewest(ctx ctx, partner, flow string) (Explained, error) {
	return ask[Explained](ctx, c, http.MethodGet, "/explain", values(0, "partner", partner, "flow", flow))
}

// Exits lists the exits by name.
func (c *Client) Exits(ctx ctx) ([]Exit, error) {
	return ask[[]Exit](ctx, c, http.MethodGet, "/exits", nil)
}
