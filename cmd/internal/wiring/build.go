package wiring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/core/naming"
	"github.com/postern/postern/core/server"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/sdk"
)

// build makes what sessions look at from a configuration. Nothing of the running one is touched; what it opened before it
// failed is closed again. s.mu is held, or nobody else has the server yet.
func (s *Server) build(ctx context.Context, c *config.Loaded) (_ *generation, err error) {
	g := &generation{backends: map[string]*openBackend{}, exits: map[string]*openExit{}}
	defer func() {
		if err != nil {
			s.over(g)
		}
	}()
	snap := c.Snapshot()
	flows, err := parseFlows(snap.Flows)
	if err != nil {
		return nil, err
	}
	if err := s.openBackends(ctx, g, c); err != nil {
		return nil, err
	}
	if err := s.openExits(ctx, g, c); err != nil {
		return nil, err
	}
	if err := s.openProtocols(ctx, g, c); err != nil {
		return nil, err
	}
	set, err := s.chain(snap, g, c)
	if err != nil {
		return nil, err
	}
	g.snap = &session.Snapshot{Flows: flows, Backends: map[string]sdk.Backend{}, Chain: set, Notify: waitsForEnds(snap),
		Enabled: s.enabled.get}
	for name, b := range g.backends {
		g.snap.Backends[name] = b.Backend
	}
	return g, nil
}

func parseFlows(flows map[string]sdk.Flow) (map[string]*session.Flow, error) {
	out := make(map[string]*session.Flow, len(flows))
	for id, f := range flows {
		t, err := naming.Parse(f.Path)
		if err != nil {
			return nil, fmt.Errorf("flow %s: %w", id, err)
		}
		out[id] = &session.Flow{Flow: f, Template: t}
	}
	return out, nil
}

// chain puts the exits together. The list of what ships with the server is here and nowhere else.
func (s *Server) chain(snap *config.Snapshot, g *generation, c *config.Loaded) (*chain.Set, error) {
	partners := slices.Collect(maps.Values(snap.Partners))
	dir, err := directory.New(partners, trusting{s.checker})
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	links := []chain.Link{
		{Name: directory.Name, Exit: dir, Secrets: true, Directory: true, Deadline: loginTime, Prompt: true},
		{Name: grants.Name, Exit: grants.New(), Prompt: true},
	}
	for _, name := range slices.Sorted(maps.Keys(g.exits)) {
		links = append(links, g.exits[name].link)
	}
	all := chain.Config{
		Exits: links, Points: chain.Lists(snap.Points),
		Listeners: lists(snap.ListenerPoints), Partners: lists(snap.PartnerPoints), Flows: flowLists(snap.Flows),
		Known: partners, Observer: s.observer, Places: c.Place,
	}
	if c.Audit.Enabled && c.Audit.OnError == config.AuditRefuse {
		all = s.guarded(all)
	}
	return chain.New(all)
}

// loginTime is how long a login may take with the waiting behind others: longer than the turns of all whom the checker
// lets wait, and shorter than the usual time for a negotiation.
const loginTime = 10 * time.Second

// waitsForEnds reports whether a done exit is configured anywhere.
func waitsForEnds(snap *config.Snapshot) bool {
	all := []map[sdk.Point][]string{snap.Points}
	all = slices.AppendSeq(all, maps.Values(snap.ListenerPoints))
	all = slices.AppendSeq(all, maps.Values(snap.PartnerPoints))
	for _, f := range snap.Flows {
		all = append(all, f.Points)
	}
	return slices.ContainsFunc(all, func(m map[sdk.Point][]string) bool { return len(m[sdk.PointDone]) > 0 })
}

func lists(m map[string]map[sdk.Point][]string) map[string]chain.Lists {
	out := make(map[string]chain.Lists, len(m))
	for k, v := range m {
		out[k] = chain.Lists(v)
	}
	return out
}

func flowLists(flows map[string]sdk.Flow) map[string]chain.Lists {
	out := map[string]chain.Lists{}
	for id, f := range flows {
		if len(f.Points) > 0 {
			out[id] = chain.Lists(f.Points)
		}
	}
	return out
}

// listeners makes the listeners of a configuration. Their files were checked when it was loaded; one that went away since
// is reported when the listener is made.
func (s *Server) listeners(g *generation, c *config.Loaded) ([]server.Listener, error) {
	var out []server.Listener
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		l := c.Listeners[name]
		terms, settings := c.Terms(name)
		t := c.ListenerTimeouts(name)
		next := server.Listener{Address: l.Address, Listener: session.Listener{Name: name, ProtocolName: l.Protocol.Called(),
			Protocol: g.protocolOf(c, name), Terms: terms, Settings: settings, Connections: l.MaxConnections.Int(),
			Say: l.Refuse == "say", Timeouts: session.Timeouts{FirstByte: t.FirstByte.Std(), Connect: t.Connect.Std(),
				Message: t.Message.Std(), Idle: t.Idle.Std(), Abort: t.Abort.Std()},
			TimeoutRule: func(key string) string { return c.TimeoutRule(name, key) }}}
		if l.ProxyProtocol != nil {
			next.Relay = newRelay(l.ProxyProtocol)
		}
		var err error
		if next.Transport, err = newTransport(l); err != nil {
			errs = append(errs, fmt.Errorf("listener %s: %w", name, err))
			continue
		}
		out = append(out, next)
	}
	return out, errors.Join(errs...)
}
