package telemetry

import (
	"math"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/postern/postern/sdk"
)

// State is what a server has in use at a moment.
type State struct {
	Ready                                bool
	Sessions, Transfers, Unauthenticated Usage
	Listeners                            map[string]Usage // connections
	Partners                             map[string]Usage // sessions; whoever has none may be left out
	Moving                               map[string]Usage // transfers of partners; the same
	Banned                               int              // addresses
	Bans                                 uint64           // since the start
	CatalogReads, CatalogWrites          int64
	DiskFree                             int64 // bytes on the data folder's disk; below 0: unknown
}

// Usage is how much of a limit is taken. Max 0: there is none.
type Usage struct{ Used, Max int }

// gauges asks for the state at each scrape.
type gauges struct {
	set     *metricSet
	metrics *Metrics
	state   atomic.Pointer[func() State]
}

var (
	descReady = gaugeDesc("postern_ready", "1 when /readyz answers 200.")
	descUsed  = gaugeDesc("postern_limit_used", "How much of a limit of the whole server is taken: sessions, transfers, "+
		"unauthenticated.", "limit")
	descMax      = gaugeDesc("postern_limit_maximum", "That limit; +Inf: there is none.", "limit")
	descConn     = gaugeDesc("postern_connections", "Connections that are open.", "listener")
	descConnMax  = gaugeDesc("postern_connections_maximum", "max_connections of the listener; +Inf: no limit.", "listener")
	descPartner  = gaugeDesc("postern_partner_sessions", "Sessions of a partner that are open.", "partner")
	descPartMax  = gaugeDesc("postern_partner_sessions_maximum", "max_sessions of the partner; +Inf: no limit.", "partner")
	descMoving   = gaugeDesc("postern_partner_transfers", "Transfers of a partner that are open.", "partner")
	descMoveMax  = gaugeDesc("postern_partner_transfers_maximum", "max_transfers of the partner; +Inf: no limit.", "partner")
	descRunning  = gaugeDesc("postern_transfers_running", "Transfers whose data flows.", "direction")
	descBanned   = gaugeDesc("postern_throttle_banned", "Addresses that are banned now.")
	descBans     = counterDesc("postern_throttle_bans_total", "Bans of addresses whose authentications failed too often.")
	descReads    = counterDesc("postern_catalog_reads_total", "Calls that read the catalog.")
	descWrites   = counterDesc("postern_catalog_writes_total", "Calls that wrote to the catalog; many share one commit.")
	descFree     = gaugeDesc("postern_data_dir_free_bytes", "Room on the disk of the data folder.")
	stateMetrics = []stateDesc{descReady, descUsed, descMax, descConn, descConnMax, descPartner, descPartMax, descMoving, descMoveMax, descRunning, descBanned, descBans, descReads, descWrites, descFree}
)

// stateDesc is a metric that is read and not counted.
type stateDesc struct {
	Metric
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gaugeDesc(name, help string, labels ...string) stateDesc {
	return stateDesc{Metric{name, "gauge", help, labels}, prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func counterDesc(name, help string, labels ...string) stateDesc {
	return stateDesc{Metric{name, "counter", help, labels}, prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue}
}

// Described lists every metric of the server beside those of Go and of the process.
func Described() []Metric {
	out := newMetricSet().described
	for _, d := range stateMetrics {
		out = append(out, d.Metric)
	}
	return out
}

func (g *gauges) follow(state func() State) { g.state.Store(&state) }

// Describe tells what Collect gives.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range stateMetrics {
		out <- d.desc
	}
}

// Collect gives the state of now; nothing while the server starts.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	state := g.state.Load()
	if state == nil {
		return
	}
	give := func(d stateDesc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d.desc, d.kind, value, labels...)
	}
	s := (*state)()
	ready := 0.0
	if s.Ready {
		ready = 1
	}
	give(descReady, ready)
	for name, u := range map[string]Usage{"sessions": s.Sessions, "transfers": s.Transfers, "unauthenticated": s.Unauthenticated} {
		give(descUsed, float64(u.Used), name)
		give(descMax, u.most(), name)
	}
	for name, u := range s.Listeners {
		give(descConn, float64(u.Used), label(name))
		give(descConnMax, u.most(), label(name))
	}
	g.partners(s.Partners, descPartner, descPartMax, give)
	g.partners(s.Moving, descMoving, descMoveMax, give)
	for direction, n := range g.metrics.underWay() {
		give(descRunning, float64(n), string(direction))
	}
	give(descBanned, float64(s.Banned))
	give(descBans, float64(s.Bans))
	give(descReads, float64(s.CatalogReads))
	give(descWrites, float64(s.CatalogWrites))
	if s.DiskFree >= 0 {
		give(descFree, float64(s.DiskFree))
	}
}

// partners gives what is in use by the partners that have series of their own, and by all others together.
func (g *gauges) partners(all map[string]Usage, used, most stateDesc, give func(stateDesc, float64, ...string)) {
	rest := 0
	for id, u := range all {
		if !g.metrics.partners.seen(id) {
			rest += u.Used
			continue
		}
		give(used, float64(u.Used), id)
		give(most, u.most(), id)
	}
	give(used, float64(rest), other)
}

func (u Usage) most() float64 {
	if u.Max <= 0 {
		return math.Inf(1)
	}
	return float64(u.Max)
}

var _ sdk.Observer = (*Metrics)(nil)
