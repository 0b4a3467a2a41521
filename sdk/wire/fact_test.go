package wire_test

import (
	"testing"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/sdktest/exittest"
	"github.com/postern/postern/sdk/wire"
)

func TestAFactHasAName(t *testing.T) {
	q := sdk.Question{Point: sdk.PointIdentify, Facts: exittest.Facts(sdk.PointIdentify), Earlier: exittest.Changes(sdk.PointIdentify), Allowed: true}
	for key, want := range map[string]string{
		"time": "1795348800000000000", "session": "", "call.peer": "192.0.2.1:40001", "call.sessions": "3", "claim.cert_names": "paris.example.org",
		"claim.secret": "sesame", "partner.labels.tier": "gold", "partner.hours.0.from": "01:00", "partner.receive": "ORD*",
		"partner.allow_from": "192.0.2.0/24", "partner.messages": "true", "allowed": "true", "earlier.partner.id": "SHOP17", "earlier.partner.max_sessions": "2",
	} {
		if got, ok := wire.Fact(&q, wire.Shown{Password: true}, key); got != want || !ok {
			t.Errorf("%s is %q (%v), not %q", key, got, ok, want)
		}
	}
	for _, key := range []string{"request.file", "claim.secret", "partner.password", "nobody", "partner.labels"} {
		if got, ok := wire.Fact(&q, wire.Shown{}, key); ok {
			t.Errorf("%s is %q, and should not be there", key, got)
		}
	}
	q = sdk.Question{Point: sdk.PointResolve, Facts: exittest.Facts(sdk.PointResolve)}
	for key, want := range map[string]string{"terms.sync_window": "4", "terms.resync": "true", "proposed.compression": "horizontal,vertical",
		"request.attributes.record_length": "80", "request.size": "20", "request.text": "été", "request.held": ""} {
		if got, ok := wire.Fact(&q, wire.Shown{}, key); got != want || !ok {
			t.Errorf("%s is %q (%v), not %q", key, got, ok, want)
		}
	}
}
