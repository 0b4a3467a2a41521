package record

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

var six = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

func question() sdk.Question {
	return sdk.Question{Point: sdk.PointIdentify, Allowed: true, Facts: &sdk.Facts{Time: six, Session: "s1",
		Claim:   &sdk.Claim{Name: "PARIS", Secret: sdk.NewSecret("sesame12"), NewSecret: sdk.NewSecret("opensesa")},
		Partner: &sdk.Partner{ID: "PARIS", Password: sdk.NewSecret("$argon2id$hash"), LocalPassword: sdk.NewSecret("ours")}}}
}

type exit func(sdk.Question) (sdk.Verdict, error)

func (f exit) Decide(_ context.Context, q sdk.Question) (sdk.Verdict, error) { return f(q) }

func open(t *testing.T, dir string, limit int) *Recorder {
	t.Helper()
	r, err := Open(dir, limit, slog.New(slog.DiscardHandler), func() time.Time { return six })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// files are those of a folder, by name, once the recorder is closed.
func files(t *testing.T, r *Recorder, dir string) map[string]string {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(b)
	}
	return out
}

func TestADecisionIsOneFileWithoutASecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	r := open(t, dir, 0)
	no := exit(func(sdk.Question) (sdk.Verdict, error) {
		return sdk.Verdict{Kind: sdk.Deny, Refusal: &sdk.Refusal{Code: sdk.PartnerHours, Detail: "not with sesame12"},
			Set: sdk.Changes{Partner: &sdk.Partner{ID: "PARIS", Password: sdk.NewSecret("madeup99")}}}, nil
	})
	q := question()
	if _, err := r.Exit("vet/1", json.RawMessage(`{"list":"secret://env/LIST"}`), no).Decide(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	text, ok := files(t, r, dir)["20261122T060000.000-identify-vet_1-000001.json"]
	if !ok {
		t.Fatalf("the files are %v", files(t, r, dir))
	}
	for _, secret := range []string{"sesame12", "opensesa", "$argon2id", `"ours"`, "madeup99"} {
		if strings.Contains(text, secret) {
			t.Errorf("the event holds %s:\n%s", secret, text)
		}
	}
	if got := q.Facts.Claim.Secret.Reveal(); got != "sesame12" {
		t.Errorf("the exit's own facts hold %q now", got)
	}
	e, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if e.Exit != "vet/1" || e.Question.Facts.Claim.Secret.Reveal() != Masked || !e.Question.Allowed || !e.Question.Facts.Time.Equal(six) {
		t.Errorf("read back: %+v", e)
	}
	if e.Verdict == nil || e.Verdict.Kind != sdk.Deny || e.Verdict.Refusal.Code != sdk.PartnerHours || e.Verdict.Refusal.Detail != "not with ***" {
		t.Errorf("the verdict read back: %+v", e.Verdict)
	}
	if !strings.Contains(string(e.Config), "secret://env/LIST") {
		t.Errorf("config: %s", e.Config)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

func TestAFailureIsRecordedWithItsReason(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	r := open(t, dir, 0)
	fails := exit(func(sdk.Question) (sdk.Verdict, error) { return sdk.Verdict{}, errors.New("out of fuel") })
	if _, err := r.Exit("vet", nil, fails).Decide(t.Context(), question()); err == nil {
		t.Error("the failure did not come through")
	}
	for _, text := range files(t, r, dir) {
		e, err := Parse([]byte(text))
		if err != nil || e.Verdict != nil || e.Failed != "out of fuel" {
			t.Errorf("read back: %+v, %v", e, err)
		}
	}
}

func TestAFullFolderTakesNoMoreAndAnotherRunGoesOnCounting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	pass := exit(func(sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })
	ask := func(r *Recorder, times int) {
		x := r.Exit("vet", nil, pass)
		for range times {
			if v, err := x.Decide(t.Context(), question()); err != nil || v.Kind != sdk.Pass {
				t.Fatalf("%v, %v", v, err)
			}
		}
	}
	r := open(t, dir, 3)
	ask(r, 2)
	files(t, r, dir)
	r = open(t, dir, 3)
	ask(r, 5)
	all := files(t, r, dir)
	if _, ok := all["20261122T060000.000-identify-vet-000003.json"]; !ok || len(all) != 3 {
		t.Errorf("the files are %v", all)
	}
	if written, dropped := r.Counts(); written != 1 || dropped != 4 {
		t.Errorf("%d written, %d left out", written, dropped)
	}
	ask(r, 1)
	if _, dropped := r.Counts(); dropped != 5 {
		t.Error("what came after the end was not counted")
	}
}

func TestADiskThatTakesNothingFailsNoDecision(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	r := open(t, dir, 0)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	pass := exit(func(sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })
	if _, err := r.Exit("vet", nil, pass).Decide(t.Context(), question()); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, dropped := r.Counts(); dropped != 1 {
		t.Errorf("%d left out", dropped)
	}
}

func TestAFolderOpenToOthersIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, 0, slog.New(slog.DiscardHandler), time.Now); err == nil {
		t.Error("it was used")
	}
}

func TestWithoutARecorderAnExitIsItself(t *testing.T) {
	var r *Recorder
	pass := exit(func(sdk.Question) (sdk.Verdict, error) { return sdk.PassVerdict(), nil })
	if _, same := r.Exit("vet", nil, pass).(exit); !same {
		t.Error("it is another")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnEventWrittenByHandNeedsNoAnswer(t *testing.T) {
	e, err := Parse([]byte(`{"point":"identify","config":{"a":1},"facts":{"claim":{"name":"PARIS"}}}`))
	if err != nil || e.Verdict != nil || e.Exit != "" || e.Question.Facts.Claim.Name != "PARIS" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, bad := range []string{"", "[]", `{"point":"identify","facts":{"claim":{"nam":"X"}}}`, `{"point":"dance"}`,
		`{"point":"identify","facts":{},"verdict":{"verdict":"maybe"}}`} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
