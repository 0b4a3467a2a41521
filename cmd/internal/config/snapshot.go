package config

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/postern/postern/sdk"
)

// Snapshot is what the core and the built-in exits look at while they run. It never changes: a reload makes another
// one, and a session keeps the one it began with. Nobody may write to what it holds.
type Snapshot struct {
	Partners map[string]sdk.Partner // by id
	Flows    map[string]sdk.Flow    // by id; Backend is filled in even where there is only one

	Points         map[sdk.Point][]string            // of the server; a point without a list has its default chain
	ListenerPoints map[string]map[sdk.Point][]string // by listener, asked after the server's
	PartnerPoints  map[string]map[sdk.Point][]string // by partner id, asked after the listener's
	// A flow's points are in the flow itself and are asked last.
}

// Snapshot makes the records of the configuration. Secrets were resolved when it was loaded.
func (l *Loaded) Snapshot() *Snapshot {
	s := &Snapshot{
		Partners: make(map[string]sdk.Partner, len(l.Partners)), Flows: make(map[string]sdk.Flow, len(l.Flows)),
		Points:         l.Points.records(),
		ListenerPoints: map[string]map[sdk.Point][]string{}, PartnerPoints: map[string]map[sdk.Point][]string{},
	}
	for id, p := range l.Partners {
		s.Partners[id] = l.partner(id, p)
		if len(p.Points) > 0 {
			s.PartnerPoints[id] = p.Points.records()
		}
	}
	for id, f := range l.Flows {
		s.Flows[id] = l.flow(id, f)
	}
	for name, x := range l.Listeners {
		if len(x.Points) > 0 {
			s.ListenerPoints[name] = x.Points.records()
		}
	}
	return s
}

func (p Points) records() map[sdk.Point][]string {
	out := make(map[sdk.Point][]string, len(p))
	for point, exits := range p {
		out[sdk.Point(point)] = slices.Clone(exits)
	}
	return out
}

func (l *Loaded) partner(id string, p Partner) sdk.Partner {
	out := sdk.Partner{
		ID: id, Name: p.callName(id), Group: p.Group, Template: p.Template, Disabled: p.Disabled,
		Password: l.secret(p.Password), LocalName: p.LocalName, LocalPassword: l.secret(p.LocalPassword),
		Keys: slices.Concat(p.AuthorizedKeys, l.keys[id]), TLSNames: slices.Clone(p.TLSNames), Require: slices.Clone(p.Require),
		Protocols: slices.Clone(p.Protocols), MaxSessions: p.MaxSessions.Int(), MaxTransfers: p.MaxTransfers.Int(),
		Receive: slices.Clone(p.Receive), Send: slices.Clone(p.Send),
		Messages: p.Messages, DefaultFlow: p.DefaultFlow, Labels: maps.Clone(p.Labels),
	}
	for _, a := range p.Manage {
		out.Manage = append(out.Manage, sdk.Action(a))
	}
	for _, text := range p.AllowFrom {
		if prefix, err := parsePrefix(text); err == nil {
			out.AllowFrom = append(out.AllowFrom, prefix)
		} else {
			out.AllowFrom = append(out.AllowFrom, netip.Prefix{}) // matches nothing, so that an unread entry opens nothing
		}
	}
	for _, h := range p.Hours {
		out.Hours = append(out.Hours, h.record())
	}
	return out
}

func (h Hours) record() sdk.Hours {
	weekdays := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	out := sdk.Hours{Zone: time.UTC}
	for _, d := range h.Days {
		out.Days = append(out.Days, time.Weekday(slices.Index(weekdays, d)))
	}
	out.From, _ = parseClock(h.From)
	out.To, _ = parseClock(h.To)
	if zone, err := time.LoadLocation(h.Timezone); err == nil {
		out.Zone = zone
	}
	return out
}

func (l *Loaded) flow(id string, f Flow) sdk.Flow {
	out := sdk.Flow{
		ID: id, Path: f.Path, Backend: f.Backend, OnExists: sdk.OnExists(f.OnExists), Durability: sdk.Durability(f.Durability),
		Publish: f.Publish, Records: sdk.Records(f.Records), Delimiter: f.Delimiter, RecordLength: f.RecordLength,
		Fixed: f.Fixed, Digest: f.Digest, MaxSize: f.MaxSize.Bytes(), MaxRestarts: f.MaxRestarts.Int(),
		Retention: f.Retention.Std(), DeleteSent: f.AfterSend == "delete", Compression: slices.Clone(f.Compression),
		Points: f.Points.records(),
	}
	if out.Backend == "" && len(l.Backends) == 1 {
		out.Backend = sorted(l.Backends)[0]
	}
	return out
}
