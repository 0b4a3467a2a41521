package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/peer"
)

var served = regexp.MustCompile(`metrics and health checks are served" address=(\S+)`)

// ask gives the status and the body of an answer of the telemetry endpoint.
func (s *server) ask(path string) (int, string) {
	s.Helper()
	all := served.FindAllStringSubmatch(s.said.String(), -1)
	if len(all) == 0 {
		s.Fatal("the log does not say where metrics are served")
	}
	return s.get(all[len(all)-1][1], path)
}

func (s *server) get(address, path string) (int, string) {
	s.Helper()
	r, err := (&http.Client{Timeout: 20 * time.Second}).Get("http://" + address + path)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		s.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// shows fails when a line is not among the metrics.
func (s *server) shows(lines ...string) {
	s.Helper()
	status, text := s.ask("/metrics")
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l+"\n") {
			s.Errorf("status %d; among the metrics there is no %s", status, l)
		}
	}
}

func TestMetricsTellWhatAPartnerDid(t *testing.T) {
	s := start(t, configA)
	data := content(random(t), 24<<10)
	p := s.call(hello(64, 2))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 700, Label: "one"})
	p.ok(p.Send(data, long, 0, 2))
	s.shows(`postern_connections{listener="p"} 1`, `postern_limit_used{limit="sessions"} 1`, `postern_limit_used{limit="transfers"} 1`,
		`postern_transfers_running{direction="receive"} 1`, `postern_partner_sessions{partner="PARIS"} 1`, `postern_ready 1`)
	p.ok(p.Send(data, long, 2, 0))
	p.must(p.Finish(len(data), long.Records(len(data))))
	p.ok(p.Leave())
	p.refused(ending(p.Create(peer.File{Name: "NOTHING", Number: 2, Format: 0x80, Length: 700})), peer.ACKCREATE, "2-226")
	p.ok(p.Release())
	stranger := s.dial()
	stranger.refused(ending(stranger.Connect(peer.Hello{Name: "MALLORY", Password: "x", Access: 2})), peer.RCONNECT, "3-301")
	stranger.Close()
	s.idle()
	s.shows(`postern_connections_total{listener="p"} 2`, `postern_sessions_total{listener="p"} 1`,
		`postern_transfers_total{direction="receive",outcome="done",partner="PARIS"} 1`,
		`postern_transfers_total{direction="receive",outcome="refused",partner="PARIS"} 1`,
		`postern_phase_duration_seconds_count{outcome="ok",phase="data"} 1`,
		`postern_refusals_total{code="partner.unknown",phase="negotiation"} 1`,
		`postern_limit_used{limit="sessions"} 0`)
	_, text := s.ask("/metrics")
	for _, bad := range []string{"MALLORY", "NOTHING"} {
		if strings.Contains(text, bad) {
			t.Errorf("a caller made the series of %s", bad)
		}
	}
	for _, phase := range []string{"call", "negotiation", "file", "data", "disconnection"} {
		line := regexp.MustCompile(`postern_phase_duration_seconds_sum{outcome="ok",phase="` + phase + `"} (\S+)`).FindStringSubmatch(text)
		if line == nil || line[1] == "0" {
			t.Errorf("the phase %s took no time: %q", phase, line)
		}
	}
	if strings.Contains(text, "postern_sync_point_duration_seconds_count 0") || !strings.Contains(text, `postern_exit_decisions_total{exit="directory",point="identify",verdict="allow"} 1`) {
		t.Error("sync points or decisions are not counted")
	}
}

func TestAServerIsNotReadyWhileItsDiskIsFullOrItDrains(t *testing.T) {
	s := start(t, strings.Replace(configA, "telemetry: {", "telemetry: {min_free: 1000TiB, ", 1))
	if status, text := s.ask("/readyz"); status != 503 || !strings.HasPrefix(text, "disk: ") {
		t.Errorf("with too little room: %d %s", status, text)
	}
	if status, text := s.ask("/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("it lives: %d %s", status, text)
	}
	s.configure(configA)
	s.verb("reload")
	s.eventually("with room enough it is ready", func() bool { // an answer holds for a second
		status, _ := s.ask("/readyz")
		return status == 200
	})
	p := s.call(hello(64, 2))
	p.writing(peer.File{Name: "IN", Number: 1, Format: 0x80, Length: 700, Label: "one"})
	s.signal(syscall.SIGTERM)
	s.eventually("it says that it stops", func() bool {
		status, text := s.ask("/readyz")
		return status == 503 && text == "stopping\n"
	})
	if status, text := s.ask("/healthz"); status != 200 {
		t.Errorf("while it drains it lives: %d %s", status, text)
	}
	p.Close()
	if status := s.exited(30 * time.Second); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestTheEndpointMovesWithAReloadAndGoesWithoutItsKey(t *testing.T) {
	s := start(t, configA)
	address := served.FindStringSubmatch(s.said.String())[1]
	s.configure(strings.Replace(configA, `"127.0.0.1:0"}`, `"localhost:0"}`, 1))
	s.verb("reload")
	if status, _ := s.ask("/healthz"); status != 200 {
		t.Errorf("at its new address: %d", status)
	}
	if status, text := s.get(address, "/healthz"); status != 0 {
		t.Errorf("at its old address: %d %s", status, text)
	}
	s.configure(strings.Replace(configA, `telemetry: {address: "127.0.0.1:0"}`, "", 1))
	s.verb("reload")
	if status, text := s.ask("/healthz"); status != 0 {
		t.Errorf("without the key: %d %s", status, text)
	}
}
