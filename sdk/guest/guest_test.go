package guest_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/postern/postern/sdk/guest"
)

func TestSettingsAreFoundByDottedKeys(t *testing.T) {
	ctx := guest.With(t.Context(), &guest.Host{Config: guest.Settings(`{"a":{"b":"text","c":[1,2]},"x.y":true}`)})
	for key, want := range map[string]string{"a.b": "text", "a.c": "[1,2]", "x.y": "true", "a": `{"b":"text","c":[1,2]}`} {
		if got, err := guest.Config(ctx, key); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", key, got, err, want)
		}
	}
	if _, err := guest.Config(ctx, "a.d"); !errors.Is(err, guest.ErrMissing) {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestWithoutAServerNothingIsAnswered(t *testing.T) {
	_, errs := guest.Config(t.Context(), "a")
	_, fact := guest.Fact(t.Context(), "a")
	_, password := guest.VerifyPassword(t.Context(), "a", guest.TheSecret)
	_, http := guest.HTTP(t.Context(), &guest.HTTPRequest{})
	_, get := guest.Get(t.Context(), "a")
	for _, err := range []error{errs, fact, password, http, get, guest.Put(t.Context(), "a", nil)} {
		if !errors.Is(err, guest.ErrNoHost) {
			t.Errorf("got %v", err)
		}
	}
}

func TestARecordOfTheLoggerIsOneMessage(t *testing.T) {
	var got []string
	ctx := guest.With(t.Context(), &guest.Host{Log: func(_ context.Context, level slog.Level, message string) {
		got = append(got, level.String()+" "+message)
	}})
	log := guest.Logger(ctx).With("list", "partners.csv").WithGroup("row")
	log.Warn("no hash", "line", 3)
	log.Debug("read")
	want := []string{`WARN "no hash" list=partners.csv row.line=3`, `DEBUG read list=partners.csv`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
