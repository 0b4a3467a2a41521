package telemetry_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/postern/postern/cmd/internal/telemetry"
	"github.com/postern/postern/sdk"
)

// lines are what a server's log says of these observations.
func lines(t *testing.T, level string, all ...sdk.Observation) []string {
	t.Helper()
	var out bytes.Buffer
	at := new(slog.LevelVar)
	if err := telemetry.SetLevel(at, level); err != nil {
		t.Fatal(err)
	}
	o := telemetry.Log(telemetry.NewLogger(&out, "text", at))
	for _, x := range all {
		o.Observe(x)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestEachPhaseIsOneLineWithItsOutcome(t *testing.T) {
	cut := sdk.Refuse(sdk.NetworkCut, "the connection ended")
	wrong := sdk.Refuse(sdk.PartnerPassword, "wrong password")
	for _, c := range []struct {
		of   []sdk.Observation
		want string
	}{
		{[]sdk.Observation{{What: sdk.CallOpened, Phase: sdk.PhaseCall}, {What: sdk.PhaseEnded, Phase: sdk.PhaseCall}},
			"level=INFO msg=phase phase=call outcome=ok"},
		{[]sdk.Observation{{What: sdk.Refused, Phase: sdk.PhaseNegotiation, Refusal: wrong},
			{What: sdk.PhaseEnded, Phase: sdk.PhaseNegotiation, Refusal: wrong}},
			"level=WARN msg=phase phase=negotiation outcome=refused code=partner.password"},
		{[]sdk.Observation{{What: sdk.TransferEnded, Phase: sdk.PhaseData, Bytes: 3, SHA256: "ab"},
			{What: sdk.PhaseEnded, Phase: sdk.PhaseData}}, "level=INFO msg=phase phase=data outcome=ok bytes=3 sha256=ab"},
		{[]sdk.Observation{{What: sdk.TransferInterrupted, Phase: sdk.PhaseData, Refusal: cut},
			{What: sdk.PhaseEnded, Phase: sdk.PhaseData, Refusal: cut}},
			"level=WARN msg=phase phase=data outcome=interrupted code=network.cut"},
		{[]sdk.Observation{{What: sdk.PhaseEnded, Phase: sdk.PhaseDisconnection, Refusal: cut}},
			"level=INFO msg=phase phase=disconnection outcome=early code=network.cut"},
	} {
		got := lines(t, "info", c.of...)
		if len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("the log says %q, want one line with %q", got, c.want)
		}
	}
}

func TestWhatAPeerSaysCannotForgeALine(t *testing.T) {
	got := lines(t, "info", sdk.Observation{What: sdk.PhaseEnded, Phase: sdk.PhaseFile, File: "a\nlevel=INFO msg=forged\x1b[2J"})
	if len(got) != 1 || strings.Contains(got[0], "\x1b") {
		t.Errorf("the log says %q", got)
	}
}

func TestTheStackOfABugIsInTheLogOnceHoweverManyTransfersItEnded(t *testing.T) {
	bug := &sdk.Bug{Value: "oops", Stack: []byte("main.go:7")}
	ended := sdk.Observation{What: sdk.TransferInterrupted, Phase: sdk.PhaseData, Refusal: sdk.Refuse(sdk.DataIO, "write").Because(bug)}
	got := strings.Join(lines(t, "debug", ended, ended), "\n")
	if strings.Count(got, "panic: oops") != 2 || strings.Count(got, "main.go:7") != 1 {
		t.Errorf("the log says\n%s", got)
	}
}

func TestTheStackOfABugStandsBesideTheErrorThatItBecame(t *testing.T) {
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, "text", slog.LevelInfo)
	log.Error("not closed", "error", fmt.Errorf("close: %w", &sdk.Bug{Value: "oops", Stack: []byte("main.go:7")}), "n", 1)
	if !strings.Contains(out.String(), `error="close: panic: oops" stack=main.go:7 n=1`) {
		t.Errorf("the log says %s", out.String())
	}
}
