package admin

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/postern/postern/core/catalog"
)

// describe registers every operation with its description; /openapi.json is made of them.
func describe(mux chi.Router, s *Server) huma.API {
	c := huma.DefaultConfig("Postern admin API", s.options.Version)
	c.Info.Description = "What an operator may ask of a running Postern server. It is served on a unix socket to root and to the " +
		"server's own user."
	c.CreateHooks = nil // no $schema links in the answers
	c.DocsPath, c.SchemasPath = "", ""
	c.RejectUnknownQueryParameters = true
	api := humachi.New(mux, c)

	listing[catalog.Entry](api, op(http.MethodGet, "/entries", "list-entries",
		"List catalog entries, oldest first; with a limit the newest ones. The array is streamed."), s.listEntries)
	huma.Register(api, op(http.MethodGet, "/entries/{id}", "get-entry", "Get one entry by its id or the beginning of it."), s.getEntry)
	huma.Register(api, op(http.MethodGet, "/explain/{id}", "explain",
		"Tell the story of a transfer or of a refusal, by its id or the beginning of it: every decision with its rule."), s.explain)
	huma.Register(api, op(http.MethodGet, "/explain", "explain-newest",
		"Tell the story of the newest transfer or refusal of a partner, whichever is newer."), s.explainNewest)
	for _, c := range []struct {
		name, does string
		run        operation
	}{
		{"halt", "Stop a running transfer; the peer may restart it.", s.halt},
		{"keep", "Put a held or running transfer out of the peer's reach until it is released.", s.keep},
		{"release", "Give a kept transfer back to the peer.", s.release},
		{"resume", "Make an interrupted offer available anew, from its beginning. Of a transfer that waits for its done exits: ask them again now.", s.resume},
	} {
		huma.Register(api, op(http.MethodPost, "/entries/{id}/"+c.name, c.name+"-entry", c.does), s.command(c.name, c.run))
	}
	huma.Register(api, op(http.MethodDelete, "/entries/{id}", "delete-entry",
		"Delete an entry and what was received of an unfinished file. A running transfer is halted first; a finished file is never removed."), s.deleteEntry)
	huma.Register(api, op(http.MethodPost, "/purge", "purge", "Delete the entries and refusals whose retention has passed."), s.purge)
	huma.Register(api, backupOperation(), s.backup)
	huma.Register(api, offerOperation(), s.offer)
	listing[catalog.Refusal](api, op(http.MethodGet, "/refusals", "list-refusals",
		"List what was refused, oldest first; with a limit the newest ones. The array is streamed."), s.listRefusals)
	huma.Register(api, op(http.MethodGet, "/partners", "list-partners", "List the partners."), s.listPartners)
	huma.Register(api, op(http.MethodPost, "/partners/{partner}/enable", "enable-partner", "Let a partner call, whatever the configuration says."), s.enablePartner)
	huma.Register(api, op(http.MethodPost, "/partners/{partner}/disable", "disable-partner", "Refuse a partner's calls from now on."), s.disablePartner)
	huma.Register(api, op(http.MethodPost, "/partners/{partner}/test", "test-partner",
		"Tell which phase would refuse a transfer, and why. The exits are asked; nothing is written."), s.testPartner)
	huma.Register(api, op(http.MethodGet, "/exits", "list-exits", "List the exits, where they are asked and how they do."), s.listExits)
	huma.Register(api, op(http.MethodGet, "/audit", "audit-state", "Write what waits for the audit log, and tell how far it goes."), s.auditState)
	huma.Register(api, op(http.MethodPost, "/reload", "reload", "Read the configuration again; a bad one changes nothing."), s.reload)
	huma.Register(api, op(http.MethodGet, "/transfers", "list-transfers", "Tell what is being transferred, and how far it is."), s.live)
	huma.Register(api, op(http.MethodGet, "/status", "status", "Tell what the server is doing."), s.status)
	return api
}

func op(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary}
}

// listing registers an operation that streams an array.
func listing[T, I any](api huma.API, o huma.Operation, run func(ctx ctx, in *I) (*huma.StreamResponse, error)) {
	items := schemaOf[T](api.OpenAPI().Components.Schemas)
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: items}},
	}}}
	huma.Register(api, o, run)
}

func schemaOf[T any](r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	if t == reflect.TypeFor[catalog.Entry]() {
		t = reflect.TypeFor[Entry]()
	}
	return r.Schema(t, true, t.Name())
}

// Entry is a catalog entry as the API answers with it.
type Entry struct{ catalog.Entry }

// Schema describes an entry: the catalog's own fields and those that are derived from them. It is described once, by
// name.
func (Entry) Schema(r huma.Registry) *huma.Schema {
	const name = "Entry"
	ref := &huma.Schema{Ref: "#/components/schemas/" + name}
	if r.Map()[name] != nil {
		return ref
	}
	s := huma.SchemaFromType(r, reflect.TypeFor[catalog.Entry]())
	var statuses []any
	for _, x := range catalog.Statuses() {
		statuses = append(statuses, string(x))
	}
	s.Properties["status"] = &huma.Schema{Type: huma.TypeString, Enum: statuses, Description: "Stage, step and code in one word."}
	s.Properties["restart_point"] = &huma.Schema{Type: huma.TypeInteger, Description: "The last durable sync point; 0 is the beginning."}
	s.Properties["restart_offset"] = &huma.Schema{Type: huma.TypeInteger, Description: "Bytes of the stored file before that point."}
	for _, name := range []string{"started_at", "ended_at"} {
		s.Properties[name] = &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true, Description: "Null as long as it has not happened."}
	}
	r.Map()[name] = s
	return ref
}
