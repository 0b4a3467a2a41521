package wiring

import (
	"crypto/rand"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/postern/postern/cmd/internal/admin"
)

// Admin opens the admin API of the server. Close it before Stop.
func (s *Server) Admin(version string) (*admin.Server, error) {
	o := admin.Options{
		Version: version, Catalog: s.store, Sessions: s.house.Registry, Partners: s, Tester: s, Keeper: s, Backup: s.store, Reload: s.Reload,
		Status: func() admin.Status { return s.status(version) }, Exits: s.exitList, Settings: s.settings, Observer: s.observer,
		Log: s.options.Log, Now: time.Now, Random: rand.Reader,
	}
	if s.audit != nil {
		o.Audit = s.audit.Flush
	}
	return admin.Start(s.loaded.Load().DataDir, o)
}

// settings is the part of the configuration that the API looks at, which stays open until it lets go.
func (s *Server) settings() (admin.Settings, func()) {
	n := s.current.Take()
	return admin.Settings{Partners: s.records.Load().Partners, Flows: n.Flows, Backends: n.Backends}, n.Release
}

// status is what the server is doing.
func (s *Server) status(version string) admin.Status {
	c, limits := s.loaded.Load(), s.house.Limits
	st := admin.Status{Version: version, PID: os.Getpid(), Started: s.started, Config: c.Path, DataDir: c.DataDir,
		Sessions:  admin.Usage{Used: limits.Sessions.Count(), Limit: c.Limits.MaxSessions.Int()},
		Transfers: admin.Usage{Used: limits.Transfers.Count(), Limit: c.Limits.MaxTransfers.Int()},
		Partners:  len(c.Partners), Flows: len(c.Flows)}
	st.NextPurge = s.purger.Due()
	st.Banned, st.Bans = s.house.Throttle.Count()
	st.Catalog = s.store.Stats()
	if a := s.Telemetry(); a != nil {
		st.Telemetry = a.String()
	}
	for _, l := range s.listening() {
		st.Listeners = append(st.Listeners, admin.Listener{Name: l.name, Protocol: l.protocol, Address: l.address, TLS: l.tls})
	}
	return st
}

type listening struct {
	name, protocol, address string
	tls                     bool
}

// listening lists the bound listeners by name.
func (s *Server) listening() []listening {
	c, addresses := s.loaded.Load(), s.server.Addresses()
	var out []listening
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		out = append(out, listening{name, c.Listeners[name].Protocol.Called(), addresses[name].String(),
			c.Listeners[name].TLS != nil})
	}
	return out
}
