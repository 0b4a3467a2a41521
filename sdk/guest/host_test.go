package guest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/postern/postern/plugins/wasm"
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/sdktest/toolchain"
)

func TestAModuleAsksItsServer(t *testing.T) {
	var log bytes.Buffer
	long := strings.Repeat("x", 10_000) // more than fits at first
	exit := load(t, wasm.Settings{Name: "host", Module: toolchain.GoModule(t, "testdata/host"), Config: []byte(`{"a":{"b":"text"},"long":"` + long + `"}`),
		Grants: wasm.Grants{Store: true}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Limits: wasm.Limits{Instances: 1}})
	ask := func(text string) (string, error) {
		q := sdk.Question{Point: sdk.PointMessage, Facts: exittest.Facts(sdk.PointMessage)}
		q.Facts.Message.Text = text
		v, err := exit.Decide(t.Context(), q)
		if err != nil {
			return "", err
		}
		return *v.Set.Reply, nil
	}
	for _, c := range []struct{ text, want string }{
		{"config a.b", "text"}, {"config long", long}, {"config a", `{"b":"text"}`}, {"config gone", guest.ErrMissing.Error()},
		{"fact partner.labels.tier", "gold"}, {"fact gone", guest.ErrMissing.Error()},
		{"now", "12:00:00"},
		{"get k", guest.ErrMissing.Error()}, {"put k 12345678", "kept"}, {"get k", strings.Repeat("12345678", 1000)},
		{"verify $2a$10$x", guest.ErrNotGranted.Error()}, {"http https://example.org", guest.ErrNotGranted.Error()},
		{"log partners.csv quietly", "said"},
	} {
		if got, err := ask(c.text); got != c.want || err != nil {
			t.Errorf("%s: %.60q, %v; want %.60q", c.text, got, err, c.want)
		}
	}
	for _, want := range []string{`level=WARN msg="exit says" exit=host message="\"a message\" key=partners.csv"`, "level=DEBUG", "message=quietly"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
	for text, want := range map[string]string{"fail": "told to fail", "panic oops": "oops"} {
		if got, err := ask(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s: the log does not say why:\n%s", text, log.String())
		}
	}
	if got, err := ask("now"); got != "12:00:00" {
		t.Errorf("after failures: %q, %v", got, err)
	}
}
