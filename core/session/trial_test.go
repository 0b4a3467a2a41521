package session_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// tryOf is a call of PARIS that passes.
func tryOf() session.Trial {
	return session.Trial{Peer: netip.MustParseAddrPort("192.0.2.7:4000"), At: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC),
		Claim: sdk.Claim{Name: "PARIS", Secret: sdk.NewSecret("secret")}, Direction: sdk.Receive,
		Request: sdk.Request{File: "INVOICES", Label: "may.txt", Size: -1}}
}

func TestATrialTellsEachKindOfRefusalWithItsPhaseExitAndRule(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *testHouse, x *session.Trial)
		phase  sdk.Phase // 0: it passes
		code   sdk.Code
		exit   string
		rule   string
	}{
		"nothing is wrong":   {func(*testHouse, *session.Trial) {}, 0, "", "", ""},
		"an unknown partner": {func(_ *testHouse, x *session.Trial) { x.Claim.Name = "ROME" }, sdk.PhaseNegotiation, sdk.PartnerUnknown, "directory", "partners"},
		"a wrong password":   {func(_ *testHouse, x *session.Trial) { x.Claim.Secret = sdk.NewSecret("x") }, sdk.PhaseNegotiation, sdk.PartnerPassword, "directory", "partners.PARIS.password"},
		"a disabled partner": {func(h *testHouse, _ *session.Trial) { h.partner.Disabled = true }, sdk.PhaseNegotiation, sdk.PartnerDisabled, "", "partners.PARIS.disabled"},
		"an address": {func(h *testHouse, _ *session.Trial) {
			h.partner.AllowFrom = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		}, sdk.PhaseNegotiation, sdk.PartnerAddress, "", "partners.PARIS.allow_from"},
		"an hour":    {func(h *testHouse, _ *session.Trial) { h.partner.Hours = []sdk.Hours{{From: hour("1"), To: hour("2")}} }, sdk.PhaseNegotiation, sdk.PartnerHours, "", "partners.PARIS.hours"},
		"a protocol": {func(h *testHouse, _ *session.Trial) { h.partner.Protocols = []string{"pesit"} }, sdk.PhaseNegotiation, sdk.ProtocolForbidden, "", "partners.PARIS.protocols"},
		"a partner's limit in use": {func(h *testHouse, _ *session.Trial) {
			h.partner.MaxSessions = 1
			h.house.Limits.Partners.Take("PARIS", 1)
		}, sdk.PhaseNegotiation, sdk.LimitPartner, "", "partners.PARIS.max_sessions"},
		"a partner with all its transfers": {func(h *testHouse, _ *session.Trial) {
			h.partner.MaxTransfers = 1
			h.house.Limits.Moving.Take("PARIS", 1)
		}, sdk.PhaseFile, sdk.LimitTransfers, "", "partners.PARIS.max_transfers"},
		"a listener's limit": {func(h *testHouse, _ *session.Trial) {
			h.listener.Connections = 1
			h.house.Limits.Listeners.Take("line", 1)
		}, sdk.PhaseCall, sdk.LimitConnections, "", "listeners.line.max_connections"},
		"the transfers in use": {func(h *testHouse, _ *session.Trial) {
			h.house.Limits.Transfers.SetMax(1)
			h.house.Limits.Transfers.Take()
		}, sdk.PhaseCall, sdk.LimitTransfers, "", "limits.max_transfers"},
		"an unknown flow":        {func(_ *testHouse, x *session.Trial) { x.Request.File = "NOPE" }, sdk.PhaseFile, sdk.FlowUnknown, "", "flows"},
		"a flow without a right": {func(_ *testHouse, x *session.Trial) { x.Request.File = "FORBIDDEN" }, sdk.PhaseFile, sdk.FlowForbidden, "grants", "partners.PARIS.receive"},
		"the other direction":    {func(_ *testHouse, x *session.Trial) { x.Request.File = "STATEMENTS" }, sdk.PhaseFile, sdk.DirectionForbidden, "grants", "partners.PARIS.receive"},
		"nothing to fetch":       {func(_ *testHouse, x *session.Trial) { x.Direction = sdk.Send }, sdk.PhaseFile, sdk.FileMissing, "", "flows.INVOICES.publish"},
		"too large a file":       {func(_ *testHouse, x *session.Trial) { x.Request.File, x.Request.Size = "ANYTHING", 101 }, sdk.PhaseFile, sdk.FileSize, "", "flows.ANYTHING.max_size"},
		"a file that is there":   {func(h *testHouse, x *session.Trial) { x.Request.File = "ONE"; h.put("in/one") }, sdk.PhaseFile, sdk.FileExists, "", "flows.ONE.on_exists"},
		"an exit at accept":      {func(h *testHouse, _ *session.Trial) { h.exit.answer(sdk.PointAccept, "exit.refused") }, sdk.PhaseCall, sdk.ExitRefused, "test", ""},
		"an exit at negotiate":   {func(h *testHouse, _ *session.Trial) { h.exit.answer(sdk.PointNegotiate, "fail") }, sdk.PhaseNegotiation, sdk.ExitFailed, "test", ""},
		"an exit at open":        {func(h *testHouse, _ *session.Trial) { h.exit.answer(sdk.PointOpen, "file.name") }, sdk.PhaseFile, sdk.FileName, "test", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, x := newHouse(t), tryOf()
			c.change(h, &x)
			got, err := session.Try(t.Context(), h.house, h.listener, x)
			if err != nil {
				t.Fatal(err)
			}
			phase, why := got.Refused()
			if phase != c.phase {
				t.Fatalf("refused in the phase %q (%v), want %q", phase, why.Refusal, c.phase)
			}
			if phase == 0 {
				if got.Flow.ID != "INVOICES" || !strings.HasPrefix(got.Path, "in/PARIS/may.txt-") || got.Backend != "files" {
					t.Errorf("it passes to %s %s %s", got.Flow.ID, got.Backend, got.Path)
				}
				return
			}
			if r := why.Refusal; r.Code != c.code || r.Exit != c.exit || r.Rule != c.rule {
				t.Errorf("refused with %s by %q, rule %q; want %s by %q, rule %q", r.Code, r.Exit, r.Rule, c.code, c.exit, c.rule)
			}
		})
	}
}

func TestATrialLeavesNothingBehind(t *testing.T) {
	h := newHouse(t)
	h.exit.answer(sdk.PointResolve, "later")
	before, _ := h.backend.Parts()
	for _, x := range []session.Trial{tryOf(), func() session.Trial { x := tryOf(); x.Claim.Secret = sdk.NewSecret("x"); return x }()} {
		if _, err := session.Try(t.Context(), h.house, h.listener, x); err != nil {
			t.Fatal(err)
		}
	}
	after, _ := h.backend.Parts()
	if len(after) != len(before) || len(h.refusals) != 0 {
		t.Errorf("parts %v, observed refusals %v", after, h.refusals)
	}
	l := h.house.Limits
	if n := l.Sessions.Count() + l.Transfers.Count() + l.Unauthenticated.Count() + len(l.Listeners.Counts()) + len(l.Partners.Counts()); n != 0 {
		t.Errorf("%d slots are taken", n)
	}
	if n := l.Sessions.Refused() + l.Transfers.Refused() + l.Partners.Refused(); n != 0 {
		t.Errorf("%d refusals were counted", n)
	}
}

func TestATrialNamesTheExitsThatItDoesNotAsk(t *testing.T) {
	h := newHouse(t)
	h.exit.answer(sdk.PointVerify, "data.rejected")
	h.exit.answer(sdk.PointDone, "later")
	got, err := session.Try(t.Context(), h.house, h.listener, tryOf())
	if err != nil {
		t.Fatal(err)
	}
	if phase, why := got.Refused(); phase != 0 {
		t.Fatalf("an exit that needs the file was asked: %v", why.Refusal)
	}
	if !slices.Equal(got.Unasked[sdk.PointVerify], []string{"test"}) || !slices.Equal(got.Unasked[sdk.PointDone], []string{"test"}) {
		t.Errorf("not asked: %v", got.Unasked)
	}
}

// put makes a file in the backend.
func (h *testHouse) put(path string) {
	w, err := h.backend.Create(sdk.Target{ID: "put", Path: path, OnExists: sdk.ExistsFail, Size: -1})
	if err == nil {
		_, err = w.Commit(sdk.ExistsFail)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}
