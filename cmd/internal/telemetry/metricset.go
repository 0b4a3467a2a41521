package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Metric describes one metric, for the documentation.
type Metric struct {
	Name, Kind, Help string
	Labels           []string
}

// metricSet holds every metric that observations move, and the descriptions of all.
type metricSet struct {
	described []Metric
	all       []prometheus.Collector

	build                 *prometheus.GaugeVec
	connections, sessions *prometheus.CounterVec
	phases                *prometheus.HistogramVec
	refusals              *prometheus.CounterVec
	transfers, bytes      *prometheus.CounterVec
	transferTime          *prometheus.HistogramVec
	syncs                 prometheus.Histogram
	decisions             *prometheus.CounterVec
	decisionTime          *prometheus.HistogramVec
	commits               prometheus.Histogram
	commitFailures        prometheus.Counter
	reloads               *prometheus.CounterVec
	reloadOK, reloadTime  prometheus.Gauge
	operatorActions       prometheus.Counter
}

// Buckets, in seconds.
var (
	phaseBuckets    = []float64{.001, .005, .025, .1, .5, 2.5, 10, 60, 600, 3600}
	transferBuckets = []float64{.005, .025, .1, .5, 2.5, 10, 60, 300, 1800, 7200, 21600}
	diskBuckets     = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	decisionBuckets = []float64{.0001, .0005, .001, .005, .025, .1, .5, 1, 5, 30}
)

func newMetricSet() *metricSet {
	s := &metricSet{}
	s.build = s.gaugeVec("postern_build_info", "Always 1; its labels say which build runs.", "version", "go")
	s.connections = s.counterVec("postern_connections_total", "Connections taken, whatever came of them.", "listener")
	s.sessions = s.counterVec("postern_sessions_total", "Callers that were recognised.", "listener")
	s.phases = s.histogramVec("postern_phase_duration_seconds", "How long the phases of calls took. Negotiation and "+
		"file contain waiting for the peer; data ends with the file durable; disconnection is the time after the last transfer.",
		phaseBuckets, "phase", "outcome")
	s.refusals = s.counterVec("postern_refusals_total", "Refusals by the core, an exit or a limit.", "phase", "code")
	s.transfers = s.counterVec("postern_transfers_total", "Transfers that came to an end: done, interrupted (and perhaps "+
		"restarted later, which counts anew), or refused before they were one.", "partner", "direction", "outcome")
	s.bytes = s.counterVec("postern_transfer_bytes_total", "Bytes of files moved, counted at each acknowledged sync point "+
		"and at the end; what is sent again is not counted again.", "partner", "direction")
	s.transferTime = s.histogramVec("postern_transfer_duration_seconds", "From the first byte allowed to the end of a "+
		"transfer that was done.", transferBuckets, "direction")
	s.syncs = s.histogram("postern_sync_point_duration_seconds", "From the arrival of a sync point to its acknowledgement: "+
		"data written, file synced, catalog committed.", diskBuckets)
	s.decisions = s.counterVec("postern_exit_decisions_total", "What exits answered; failed: nothing, or too late.",
		"exit", "point", "verdict")
	s.decisionTime = s.histogramVec("postern_exit_decision_duration_seconds", "How long exits took to answer.",
		decisionBuckets, "exit")
	s.commits = s.histogram("postern_catalog_commit_duration_seconds", "How long durable commits of the catalog took, one "+
		"for all calls that waited.", diskBuckets)
	s.commitFailures = s.counter("postern_catalog_commit_failures_total", "Commits of the catalog that failed.")
	s.reloads = s.counterVec("postern_config_reloads_total", "Times the configuration was read, the start included, by "+
		"what came of it: ok or failed.", "outcome")
	s.reloadOK = s.gauge("postern_config_last_reload_successful", "1 when the configuration was good the last time it was "+
		"read; 0: the one before runs on.")
	s.reloadTime = s.gauge("postern_config_last_reload_success_timestamp_seconds", "When the configuration that runs was read, "+
		"in seconds since 1970.")
	s.operatorActions = s.counter("postern_operator_actions_total", "What operators did through the admin API.")
	return s
}

func (s *metricSet) collectors() []prometheus.Collector { return s.all }

// describe notes a metric; the Go names of its kind are Prometheus's.
func (s *metricSet) describe(name, kind, help string, labels []string) {
	s.described = append(s.described, Metric{Name: name, Kind: kind, Help: help, Labels: labels})
}

func (s *metricSet) counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	s.describe(name, "counter", help, labels)
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	s.all = append(s.all, v)
	return v
}

func (s *metricSet) counter(name, help string) prometheus.Counter {
	s.describe(name, "counter", help, nil)
	v := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	s.all = append(s.all, v)
	return v
}

func (s *metricSet) gaugeVec(name, help string, labels ...string) *prometheus.GaugeVec {
	s.describe(name, "gauge", help, labels)
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	s.all = append(s.all, v)
	return v
}

func (s *metricSet) gauge(name, help string) prometheus.Gauge {
	s.describe(name, "gauge", help, nil)
	v := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	s.all = append(s.all, v)
	return v
}

func (s *metricSet) histogramVec(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	s.describe(name, "histogram", help, labels)
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	s.all = append(s.all, v)
	return v
}

func (s *metricSet) histogram(name, help string, buckets []float64) prometheus.Histogram {
	s.describe(name, "histogram", help, nil)
	v := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	s.all = append(s.all, v)
	return v
}
