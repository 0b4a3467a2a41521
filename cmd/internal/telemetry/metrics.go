package telemetry

import (
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/postern/postern/sdk"
)

// Metrics counts what the core reports, for Prometheus. It is an [sdk.Observer]. What makes a series are names of the
// configuration and words of closed lists, never what a caller said.
type Metrics struct {
	set      *metricSet
	registry *prometheus.Registry
	handler  http.Handler
	gauges   *gauges
	partners *partnerLabels
	codes    map[sdk.Code]bool

	mu      sync.Mutex
	running map[string]*running // by transfer

	decisionsMu sync.RWMutex
	decisions   map[decisionKey]decisionSeries
}

// running is a transfer whose data flows.
type running struct {
	direction sdk.Direction
	counted   int64 // bytes of its file that are counted, earlier attempts included
	bytes     prometheus.Counter
}

// NewMetrics makes the metrics of a server, all zero.
func NewMetrics(version string) *Metrics {
	m := &Metrics{set: newMetricSet(), registry: prometheus.NewRegistry(), running: map[string]*running{},
		codes: map[sdk.Code]bool{}, decisions: map[decisionKey]decisionSeries{}}
	for _, row := range sdk.Codes() {
		m.codes[row.Code] = true
	}
	m.partners = newPartnerLabels(m.set)
	m.gauges = &gauges{set: m.set, metrics: m}
	m.registry.MustRegister(m.set.collectors()...)
	m.registry.MustRegister(m.gauges, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
	m.set.build.WithLabelValues(version, runtime.Version()).Set(1)
	return m
}

// Partners says which partners the configuration knows and how many of them have series of their own: the first that
// call. Those of partners that are gone are dropped.
func (m *Metrics) Partners(known map[string]bool, most int) { m.partners.know(known, most) }

// Follow says where the gauges come from: state is called at each scrape and must answer at once.
func (m *Metrics) Follow(state func() State) { m.gauges.follow(state) }

// Committed counts a commit of the catalog.
func (m *Metrics) Committed(took time.Duration, err error) {
	m.set.commits.Observe(took.Seconds())
	if err != nil {
		m.set.commitFailures.Inc()
	}
}

// Loaded says what came of reading the configuration, at the start or again.
func (m *Metrics) Loaded(at time.Time, err error) {
	if err != nil {
		m.set.reloads.WithLabelValues("failed").Inc()
		m.set.reloadOK.Set(0)
		return
	}
	m.set.reloads.WithLabelValues("ok").Inc()
	m.set.reloadOK.Set(1)
	m.set.reloadTime.Set(float64(at.UnixNano()) / 1e9)
}

// ServeHTTP writes the metrics in the format that the scraper asks for.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }
