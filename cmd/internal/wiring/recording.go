package wiring

import (
	"encoding/json"

	"github.com/postern/postern/core/chain"
)

// recorded has the decisions of an exit kept where the server was started with a recorder. own are its settings as they
// stand in the configuration, with references in the place of secrets.
func (s *Server) recorded(l chain.Link, own map[string]any) chain.Link {
	if s.options.Record == nil || l.Exit == nil {
		return l
	}
	raw, err := json.Marshal(own)
	if err != nil || len(own) == 0 {
		raw = nil
	}
	l.Exit = s.options.Record.Exit(l.Name, raw, l.Exit)
	return l
}
