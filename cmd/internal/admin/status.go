package admin

import (
	"time"

	"github.com/postern/postern/core/catalog"
)

// Status is what the server is doing.
type Status struct {
	Version   string     `json:"version"`
	PID       int        `json:"pid"`
	Started   time.Time  `json:"started"`
	Config    string     `json:"config" doc:"The configuration file."`
	DataDir   string     `json:"data_dir"`
	Listeners []Listener `json:"listeners"`
	Telemetry string     `json:"telemetry,omitempty" doc:"Where metrics and health checks are served, as it is bound."`
	Sessions  Usage      `json:"sessions"`
	Transfers Usage      `json:"transfers"`
	Partners  int        `json:"partners"`
	Flows     int        `json:"flows"`
	// NextPurge is when what is older than its retention is removed next.
	NextPurge time.Time `json:"next_purge,omitzero" doc:"When what is older than its retention is removed next; not there where that is left to operators."`
	Banned    int       `json:"banned" doc:"Addresses that are banned now for too many failed authentications."`
	Bans      uint64    `json:"bans" doc:"Bans since the start."`

	Catalog catalog.Stats `json:"catalog" doc:"Commits and calls since the start: fewer commits than writes are commits that were shared."`
}

// Listener is an address that the server listens at.
type Listener struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Address  string `json:"address" doc:"As it is bound."`
	TLS      bool   `json:"tls"`
}

// Usage is how much of a limit is in use.
type Usage struct {
	Used  int `json:"used"`
	Limit int `json:"limit" doc:"0: there is none."`
}

type statusOutput struct{ Body Status }

func (s *Server) status(ctx, *struct{}) (*statusOutput, error) {
	return &statusOutput{s.options.Status()}, nil
}

// Reloaded says what a reload changed.
type Reloaded struct {
	Changed []string `json:"changed" doc:"The keys whose values are different now."`
}

type reloadedOutput struct{ Body Reloaded }

func (s *Server) reload(ctx ctx, _ *struct{}) (*reloadedOutput, error) {
	changed, err := s.options.Reload(ctx)
	if err != nil {
		return nil, s.fault(ctx, "reload", err)
	}
	s.acted(ctx, "reload", catalog.Entry{})
	return &reloadedOutput{Reloaded{list(changed)}}, nil
}
