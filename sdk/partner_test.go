package sdk

import (
	"encoding/json"
	"testing"
	"time"
)

func TestHoursAreToldAsTheConfigurationHasThem(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		hours      Hours
		text, json string
	}{
		{Hours{Days: []time.Weekday{time.Monday, time.Sunday}, From: 6 * time.Hour, To: 22*time.Hour + 30*time.Minute, Zone: paris},
			"mon sun 06:00 to 22:30 Europe/Paris", `{"days":["mon","sun"],"from":"06:00","to":"22:30","timezone":"Europe/Paris"}`},
		{Hours{To: 24 * time.Hour}, "00:00 to 24:00 UTC", `{"from":"00:00","to":"24:00","timezone":"UTC"}`},
	} {
		if got := c.hours.String(); got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
		if got, err := json.Marshal(Partner{Hours: []Hours{c.hours}}.Hours); err != nil || string(got) != "["+c.json+"]" {
			t.Errorf("%s (%v), want %s", got, err, c.json)
		}
	}
}
