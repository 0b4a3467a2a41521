package telemetry

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/postern/postern/sdk"
)

// Observe counts an observation.
func (m *Metrics) Observe(o sdk.Observation) {
	switch o.What {
	case sdk.CallOpened:
		m.set.connections.WithLabelValues(label(o.Listener)).Inc()
	case sdk.PhaseEnded:
		m.phase(o)
	case sdk.Refused:
		m.refused(o)
	case sdk.Decided:
		m.decided(o)
	case sdk.TransferStarted:
		m.started(o)
	case sdk.TransferSynced:
		m.synced(o)
	case sdk.TransferEnded, sdk.TransferInterrupted:
		m.ended(o)
	case sdk.OperatorActed:
		m.set.operatorActions.Inc()
	}
}

// label makes a name fit to be a label's value: the client library panics on anything but UTF-8.
func label(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

// phase counts the end of a phase. That of the data phase comes with the end of its transfer.
func (m *Metrics) phase(o sdk.Observation) {
	if o.Phase == sdk.PhaseData {
		return
	}
	m.set.phases.WithLabelValues(o.Phase.String(), outcomeOf(o)).Observe(o.Duration.Seconds())
	if o.Phase == sdk.PhaseNegotiation && o.Refusal == nil {
		m.set.sessions.WithLabelValues(label(o.Listener)).Inc()
		m.partners.of(o.Partner)
	}
}

func (m *Metrics) refused(o sdk.Observation) {
	if o.Refusal == nil {
		return
	}
	code := o.Refusal.Code
	if !m.codes[code] {
		code = other
	}
	m.set.refusals.WithLabelValues(o.Phase.String(), string(code)).Inc()
	if o.Phase == sdk.PhaseFile && o.Direction != "" && o.Transfer == "" {
		m.set.transfers.WithLabelValues(m.partners.of(o.Partner), string(o.Direction), outcomeRefused).Inc()
	}
}

func (m *Metrics) decided(o sdk.Observation) {
	verdict := o.Verdict.String()
	if o.Refusal != nil && o.Refusal.Code == sdk.ExitFailed {
		verdict = "failed"
	}
	d := m.series(decisionKey{o.Exit, o.Point, verdict})
	d.count.Inc()
	d.time.Observe(o.Duration.Seconds())
}

// decisionKey is what tells the series of decisions apart.
type decisionKey struct {
	exit    string
	point   sdk.Point
	verdict string
}

type decisionSeries struct {
	count prometheus.Counter
	time  prometheus.Observer
}

// series finds the series of a decision. There are as many as exits, points and verdicts, and ten decisions a file look
// for theirs: the library takes several times as long to find one by its labels.
func (m *Metrics) series(k decisionKey) decisionSeries {
	m.decisionsMu.RLock()
	d, ok := m.decisions[k]
	m.decisionsMu.RUnlock()
	if ok {
		return d
	}
	exit := label(k.exit)
	d = decisionSeries{m.set.decisions.WithLabelValues(exit, string(k.point), k.verdict), m.set.decisionTime.WithLabelValues(exit)}
	m.decisionsMu.Lock()
	m.decisions[k] = d
	m.decisionsMu.Unlock()
	return d
}

func (m *Metrics) started(o sdk.Observation) {
	r := &running{direction: o.Direction, counted: o.Bytes,
		bytes: m.set.bytes.WithLabelValues(m.partners.of(o.Partner), string(o.Direction))}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[o.Transfer] = r
}

// synced is on the path of the data: it looks up one map and allocates nothing.
func (m *Metrics) synced(o sdk.Observation) {
	if o.Duration > 0 {
		m.set.syncs.Observe(o.Duration.Seconds())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[o.Transfer].moved(o.Bytes)
}

func (m *Metrics) ended(o sdk.Observation) {
	outcome := outcomeOf(o)
	m.set.phases.WithLabelValues(sdk.PhaseData.String(), outcome).Observe(o.Duration.Seconds())
	word := outcome
	if outcome == outcomeOK {
		word = "done"
		m.set.transferTime.WithLabelValues(string(o.Direction)).Observe(o.Duration.Seconds())
	}
	m.set.transfers.WithLabelValues(m.partners.of(o.Partner), string(o.Direction), word).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[o.Transfer].moved(o.Bytes)
	delete(m.running, o.Transfer)
}

// moved counts the bytes up to an offset of the file that are not counted yet.
func (r *running) moved(to int64) {
	if r != nil && to > r.counted {
		r.bytes.Add(float64(to - r.counted))
		r.counted = to
	}
}

// underWay counts the transfers whose data flows, by direction.
func (m *Metrics) underWay() map[sdk.Direction]int {
	out := map[sdk.Direction]int{sdk.Receive: 0, sdk.Send: 0}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.running {
		out[r.direction]++
	}
	return out
}
