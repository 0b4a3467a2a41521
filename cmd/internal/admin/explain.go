package admin

import (
	"net/http"

	"github.com/postern/postern/core/catalog"
)

// Explained is every decision about one entry, oldest first.
type Explained struct {
	ID        string             `json:"id" doc:"Of the entry."`
	Session   string             `json:"session" doc:"That the entry belongs to; its decisions before the request are among them."`
	Decisions []catalog.Decision `json:"decisions"`
	More      int64              `json:"more,omitempty" doc:"Decisions that were made after those that are kept."`
}

type explainedOutput struct{ Body Explained }

// explainEntry tells what exits and operators have decided about an entry.
func (s *Server) explainEntry(ctx ctx, in *entryInput) (*explainedOutput, error) {
	e, err := s.entry(ctx, in.ID)
	if err != nil {
		return nil, s.fault(ctx, "explain entry", err)
	}
	kept, more, err := s.options.Catalog.Decisions(ctx, e.ID)
	if err != nil {
		return nil, s.fault(ctx, "explain entry", err)
	}
	return &explainedOutput{Explained{e.ID, e.Session, append([]catalog.Decision{}, kept...), more}}, nil
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

// Explain gets the decisions about one entry by its id or the beginning of it.
func (c *Client) Explain(ctx ctx, id string) (Explained, error) {
	if err := named("entry", id); err != nil {
		return Explained{}, err
	}
	return ask[Explained](ctx, c, http.MethodGet, "/entries/"+id+"/decisions", nil)
}

// Exits lists the exits by name.
func (c *Client) Exits(ctx ctx) ([]Exit, error) {
	return ask[[]Exit](ctx, c, http.MethodGet, "/exits", nil)
}
