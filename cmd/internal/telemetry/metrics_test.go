package telemetry_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/cmd/internal/telemetry"
	"github.com/postern/postern/sdk"
)

// site is metrics that know some partners.
type site struct {
	*testing.T
	*telemetry.Metrics
}

func newSite(t *testing.T, most int, partners ...string) site {
	m := telemetry.NewMetrics("1.0")
	known := map[string]bool{}
	for _, p := range partners {
		known[p] = true
	}
	m.Partners(known, most)
	m.Follow(func() telemetry.State { return telemetry.State{} })
	return site{t, m}
}

// scrape is what a scraper gets.
func (s site) scrape() string {
	s.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		s.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// shows fails when a line is not among the metrics.
func (s site) shows(lines ...string) {
	s.Helper()
	text := s.scrape()
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l+"\n") {
			s.Errorf("there is no %s", l)
		}
	}
	if s.Failed() {
		s.Logf("the metrics are\n%s", ours(text))
	}
}

func ours(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "postern_") && !strings.Contains(l, "_bucket") {
			b.WriteString(l)
		}
	}
	return b.String()
}

func TestATransferIsCountedOnceWithItsBytesHoweverOftenItIsRestarted(t *testing.T) {
	s := newSite(t, 10, "PARIS")
	o := sdk.Observation{Transfer: "1", Partner: "PARIS", Direction: sdk.Receive, Phase: sdk.PhaseData}
	tell := func(what sdk.Happening, bytes int64, took time.Duration) {
		o.What, o.Bytes, o.Duration = what, bytes, took
		s.Observe(o)
	}
	tell(sdk.TransferStarted, 0, 0)
	s.shows(`postern_transfers_running{direction="receive"} 1`)
	tell(sdk.TransferSynced, 1000, 20*time.Millisecond)
	s.shows(`postern_transfer_bytes_total{direction="receive",partner="PARIS"} 1000`,
		`postern_sync_point_duration_seconds_bucket{le="0.025"} 1`, `postern_sync_point_duration_seconds_bucket{le="0.01"} 0`)
	tell(sdk.TransferSynced, 500, 0) // a resynchronisation: what is sent again is not counted again
	o.Refusal = sdk.Refuse(sdk.NetworkCut, "cut")
	tell(sdk.TransferInterrupted, 1000, time.Second)
	o.Refusal = nil
	tell(sdk.TransferStarted, 1000, 0)
	tell(sdk.TransferEnded, 1500, time.Second)
	s.shows(`postern_transfer_bytes_total{direction="receive",partner="PARIS"} 1500`,
		`postern_transfers_total{direction="receive",outcome="interrupted",partner="PARIS"} 1`,
		`postern_transfers_total{direction="receive",outcome="done",partner="PARIS"} 1`,
		`postern_transfers_running{direction="receive"} 0`,
		`postern_phase_duration_seconds_count{outcome="interrupted",phase="data"} 1`,
		`postern_phase_duration_seconds_count{outcome="ok",phase="data"} 1`,
		`postern_transfer_duration_seconds_count{direction="receive"} 1`)
}

func TestNoCallerMakesASeries(t *testing.T) {
	s := newSite(t, 3, "A", "B", "C", "D", "other", "\xff")
	for i := range 1000 {
		name := fmt.Sprintf("caller%d", i)
		s.Observe(sdk.Observation{What: sdk.TransferStarted, Transfer: name, Partner: name, Direction: sdk.Send})
		s.Observe(sdk.Observation{What: sdk.Refused, Phase: sdk.PhaseFile, Direction: sdk.Send, Partner: name,
			Refusal: &sdk.Refusal{Code: sdk.Code(name)}})
		s.Observe(sdk.Observation{What: sdk.TransferEnded, Transfer: name, Partner: name, Direction: sdk.Send})
	}
	s.shows(`postern_transfers_total{direction="send",outcome="done",partner="other"} 1000`,
		`postern_transfers_total{direction="send",outcome="refused",partner="other"} 1000`,
		`postern_refusals_total{code="other",phase="file"} 1000`)
	if strings.Contains(s.scrape(), "caller") {
		t.Error("a name that a caller made up is among the metrics")
	}
	for _, name := range []string{"A", "\xff", "other", "B", "C", "D"} {
		s.Observe(sdk.Observation{What: sdk.TransferEnded, Partner: name, Direction: sdk.Send})
	}
	s.shows(`postern_transfers_total{direction="send",outcome="done",partner="C"} 1`,
		`postern_transfers_total{direction="send",outcome="done",partner="other"} 1003`)
	s.Partners(map[string]bool{"C": true, "D": true}, 3)
	s.Observe(sdk.Observation{What: sdk.TransferEnded, Partner: "D", Direction: sdk.Send})
	s.shows(`postern_transfers_total{direction="send",outcome="done",partner="C"} 1`,
		`postern_transfers_total{direction="send",outcome="done",partner="D"} 1`)
	if strings.Contains(s.scrape(), `partner="A"`) {
		t.Error("a partner that is not configured any more still has series")
	}
}

func TestCallsPhasesRefusalsAndDecisionsAreCounted(t *testing.T) {
	s := newSite(t, 10)
	for _, o := range []sdk.Observation{
		{What: sdk.CallOpened, Phase: sdk.PhaseCall, Listener: "p"},
		{What: sdk.PhaseEnded, Phase: sdk.PhaseNegotiation, Listener: "p", Duration: 2 * time.Second},
		{What: sdk.PhaseEnded, Phase: sdk.PhaseNegotiation, Listener: "p", Refusal: sdk.Refuse(sdk.PartnerUnknown, "x")},
		{What: sdk.Refused, Phase: sdk.PhaseNegotiation, Refusal: sdk.Refuse(sdk.PartnerUnknown, "x")},
		{What: sdk.Decided, Exit: "vet", Point: sdk.PointAuthorize, Verdict: sdk.Allow, Duration: time.Millisecond},
		{What: sdk.Decided, Exit: "vet", Point: sdk.PointAuthorize, Verdict: sdk.Deny, Refusal: sdk.Refuse(sdk.ExitFailed, "late")},
		{What: sdk.OperatorActed},
	} {
		s.Observe(o)
	}
	s.Committed(time.Millisecond, nil)
	s.Committed(time.Millisecond, sdk.Refuse(sdk.DataIO, "x"))
	s.Loaded(time.Unix(1, 0), nil)
	s.Loaded(time.Unix(2, 0), sdk.Refuse(sdk.DataIO, "x"))
	s.shows(`postern_build_info{go="`+goVersion+`",version="1.0"} 1`,
		`postern_connections_total{listener="p"} 1`, `postern_sessions_total{listener="p"} 1`,
		`postern_phase_duration_seconds_sum{outcome="ok",phase="negotiation"} 2`,
		`postern_phase_duration_seconds_count{outcome="refused",phase="negotiation"} 1`,
		`postern_refusals_total{code="partner.unknown",phase="negotiation"} 1`,
		`postern_exit_decisions_total{exit="vet",point="authorize",verdict="allow"} 1`,
		`postern_exit_decisions_total{exit="vet",point="authorize",verdict="failed"} 1`,
		`postern_exit_decision_duration_seconds_count{exit="vet"} 2`,
		`postern_operator_actions_total 1`,
		`postern_catalog_commit_duration_seconds_count 2`, `postern_catalog_commit_failures_total 1`,
		`postern_config_reloads_total{outcome="ok"} 1`, `postern_config_reloads_total{outcome="failed"} 1`,
		`postern_config_last_reload_successful 0`, `postern_config_last_reload_success_timestamp_seconds 1`)
}

func TestLimitsAreShownWithTheirMaximum(t *testing.T) {
	s := newSite(t, 1, "A", "B")
	s.Observe(sdk.Observation{What: sdk.PhaseEnded, Phase: sdk.PhaseNegotiation, Partner: "A"})
	s.Follow(func() telemetry.State {
		return telemetry.State{Ready: true, Sessions: telemetry.Usage{Used: 3, Max: 10}, Listeners: map[string]telemetry.Usage{"p": {Used: 2}},
			Partners: map[string]telemetry.Usage{"A": {Used: 1, Max: 4}, "B": {Used: 2}}, Moving: map[string]telemetry.Usage{"A": {Used: 3, Max: 9}}, DiskFree: 7}
	})
	s.shows(`postern_ready 1`, `postern_limit_used{limit="sessions"} 3`, `postern_limit_maximum{limit="sessions"} 10`,
		`postern_limit_maximum{limit="transfers"} +Inf`, `postern_connections{listener="p"} 2`,
		`postern_connections_maximum{listener="p"} +Inf`, `postern_partner_sessions{partner="A"} 1`,
		`postern_partner_sessions_maximum{partner="A"} 4`, `postern_partner_transfers{partner="A"} 3`,
		`postern_partner_transfers_maximum{partner="A"} 9`, `postern_partner_sessions{partner="other"} 2`,
		`postern_data_dir_free_bytes 7`)
	for _, want := range []string{"\ngo_goroutines ", "\ngo_memstats_heap_inuse_bytes "} {
		if !strings.Contains(s.scrape(), want) {
			t.Errorf("there is no%s", want)
		}
	}
}

func TestWhatIsCountedWhileDataFlowsAllocatesNothing(t *testing.T) {
	s := newSite(t, 10, "PARIS")
	o := sdk.Observation{What: sdk.TransferStarted, Transfer: "1", Partner: "PARIS", Direction: sdk.Receive}
	s.Observe(o)
	o.What, o.Duration = sdk.TransferSynced, time.Millisecond
	if n := testing.AllocsPerRun(1000, func() { o.Bytes += 1000; s.Observe(o) }); n != 0 {
		t.Errorf("a sync point allocates %v times", n)
	}
	p := sdk.Observation{What: sdk.PhaseEnded, Phase: sdk.PhaseFile, Listener: "p", Duration: time.Millisecond}
	if n := testing.AllocsPerRun(1000, func() { s.Observe(p) }); n > 1 {
		t.Errorf("a phase allocates %v times", n)
	}
}

// moved is metrics of which each has a series.
func moved(t *testing.T) site {
	s := newSite(t, 10, "PARIS")
	r := sdk.Refuse(sdk.FileName, "x")
	o := sdk.Observation{Transfer: "1", Partner: "PARIS", Direction: sdk.Receive, Phase: sdk.PhaseNegotiation, Listener: "p", Exit: "vet",
		Duration: time.Second}
	for _, what := range []sdk.Happening{sdk.CallOpened, sdk.PhaseEnded, sdk.Decided, sdk.TransferStarted, sdk.TransferSynced, sdk.TransferEnded} {
		o.What = what
		s.Observe(o)
	}
	o.What, o.Refusal = sdk.Refused, r
	s.Observe(o)
	s.Loaded(time.Now(), nil)
	s.Follow(func() telemetry.State {
		one := map[string]telemetry.Usage{"PARIS": {Used: 1}}
		return telemetry.State{Listeners: one, Partners: one, Moving: one}
	})
	return s
}
