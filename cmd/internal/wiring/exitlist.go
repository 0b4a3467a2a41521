package wiring

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/postern/postern/cmd/internal/admin"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/exits/directory"
	"github.com/postern/postern/exits/grants"
	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
)

// tally counts what exits answer, by their names. It is an [sdk.Observer].
type tally struct {
	mu   sync.Mutex
	exit map[string]*counted
}

type counted struct {
	calls, failures int64
	failing         string // why the last call got no answer; "" when it got one
}

// Observe counts a decision.
func (t *tally) Observe(o sdk.Observation) {
	if o.What != sdk.Decided || o.Exit == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.exit == nil {
		t.exit = map[string]*counted{}
	}
	c := t.exit[o.Exit]
	if c == nil {
		c = &counted{}
		t.exit[o.Exit] = c
	}
	c.calls++
	c.failing = ""
	if o.Refusal != nil && o.Refusal.Code == sdk.ExitFailed {
		c.failures++
		c.failing = o.Refusal.Error()
	}
}

func (t *tally) of(name string) counted {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.exit[name]; c != nil {
		return *c
	}
	return counted{}
}

// exitList tells how the exits do.
func (s *Server) exitList() []admin.Exit {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, out := s.loaded.Load(), []admin.Exit{}
	for _, name := range []string{directory.Name, grants.Name} {
		out = append(out, admin.Exit{Name: name, Kind: "built-in"})
	}
	for _, name := range slices.Sorted(maps.Keys(s.running.exits)) {
		out = append(out, pluginExit(c, name, s.running.exits[name]))
	}
	for i := range out {
		n := s.tally.of(out[i].Name)
		out[i].Calls, out[i].Failures = n.calls, n.failures
		out[i].State = cmp.Or(out[i].State, n.failing, "ok")
		out[i].Points = Asked(c, out[i].Name)
	}
	return out
}

func pluginExit(c *config.Loaded, name string, x *openExit) admin.Exit {
	e := ConfiguredExit(c, name)
	e.SHA256, e.Signer = x.plugin.sha256, x.signer
	if d, ok := x.closer.(interface{ Describe() sdk.Manifest }); ok {
		e.Version = d.Describe().Version
	}
	if r, ok := x.closer.(interface{ Resting() string }); ok {
		e.State = r.Resting()
	}
	if k, ok := x.closer.(interface{ Kind() wasm.Kind }); ok {
		e.Kind = k.Kind().String()
	}
	return e
}

// ConfiguredExit is an exit as the configuration alone knows it.
func ConfiguredExit(c *config.Loaded, name string) admin.Exit {
	x := c.Exits[name]
	e := admin.Exit{Name: name, Kind: x.Kind, File: x.File(), SHA256: x.SHA256, Pinned: x.SHA256 != "", Points: Asked(c, name)}
	switch {
	case len(x.Process) > 0:
		e.Kind = "process"
	case x.Kind == "auto":
		e.Kind = "module"
	}
	return e
}

// Asked lists where an exit is asked: the points of the server's lists, and those of a listener, partner or flow with its
// name in front.
func Asked(c *config.Loaded, exit string) []string {
	out := []string{}
	add := func(prefix string, lists map[sdk.Point][]string) {
		for _, row := range sdk.Points() {
			if slices.Contains(lists[row.Point], exit) {
				out = append(out, prefix+string(row.Point))
			}
		}
	}
	snap := c.Snapshot()
	server := map[sdk.Point][]string(chain.Defaults())
	maps.Copy(server, snap.Points)
	add("", server)
	for _, name := range slices.Sorted(maps.Keys(snap.ListenerPoints)) {
		add("listeners."+name+".", snap.ListenerPoints[name])
	}
	for _, name := range slices.Sorted(maps.Keys(snap.PartnerPoints)) {
		add("partners."+name+".", snap.PartnerPoints[name])
	}
	for _, name := range slices.Sorted(maps.Keys(snap.Flows)) {
		add("flows."+name+".", snap.Flows[name].Points)
	}
	return out
}
