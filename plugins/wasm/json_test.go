package wasm_test

import (
	"context"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

// script is a reactor that is asked in JSON, logs its question and answers with this text. Without a manifest it
// answers describe with "not implemented".
func script(manifest, answer string) []byte {
	var m module
	log := m.imp("postern_v1", "log", "iii")
	m.memory(4, 16)
	m.data(manifestAt, manifest)
	m.data(answerAt, answer)
	describe := packed(manifestAt, len(manifest))
	if manifest == "" {
		describe = i64c(-1)
	}
	m.fn("postern_abi", ":i", 0, i32c(1<<16))
	m.fn("postern_alloc", "i:i", 0, i32c(heap))
	m.fn("postern_call_json", "iiiii:I", 0,
		get(0), i32c(1), eq, when(describe, ret),
		i32c(1), get(1), get(2), call(log),
		packed(answerAt, len(answer)))
	return m.bytes()
}

func TestAReactorMaySpeakJSON(t *testing.T) {
	const answer = ` {"verdict":"refuse","code":"partner.hours","temporary":true,"detail":"not today"} `
	for _, manifest := range []string{"", `{"name":"script","version":"2","points":["identify","open"],"grants":[]}`} {
		s := settings(script(manifest, answer))
		s.Points = []sdk.Point{sdk.PointIdentify}
		e := load(t, s)
		trial, err := e.Trial(context.Background(), question(sdk.PointIdentify))
		if err != nil {
			t.Fatal(err)
		}
		if r := trial.Verdict.Refusal; r == nil || r.Code != sdk.PartnerHours || r.Detail != "not today" {
			t.Errorf("the verdict is %v", trial.Verdict)
		}
		if said := strings.Join(trial.Log, ""); !strings.Contains(said, `"point":"identify"`) || strings.Contains(said, "s3cret") {
			t.Errorf("it was asked %q", said)
		}
		if manifest != "" && e.Describe().Version != "2" {
			t.Errorf("it describes itself as %+v", e.Describe())
		}
	}
	s := settings(script(`{"points":["open"]}`, answer))
	s.Points = []sdk.Point{sdk.PointIdentify}
	refused(t, s, "does not serve identify")
	refused(t, settings(script(`{"points":`, answer)), "its manifest cannot be read")
}

func TestTwoAnswersInJSONAreNone(t *testing.T) {
	s := settings(script("", `{"verdict":"pass"}{"verdict":"allow"}`))
	s.Points = []sdk.Point{sdk.PointIdentify}
	_, err := load(t, s).Decide(context.Background(), question(sdk.PointIdentify))
	if err == nil || !strings.Contains(err.Error(), "its answer cannot be read") {
		t.Errorf("it was taken: %v", err)
	}
}
