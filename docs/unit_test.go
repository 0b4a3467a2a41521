package docs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestTheUnitWaitsLongerThanTheServerNeedsToStop reads scripts/postern.service: systemd must not kill a server that still
// lets transfers reach their next sync point.
func TestTheUnitWaitsLongerThanTheServerNeedsToStop(t *testing.T) {
	unit := unitOptions(t)
	wait, err := time.ParseDuration(unit["TimeoutStopSec"])
	if err != nil {
		t.Fatal(err)
	}
	sh := newShell(t)
	sh.write(block{info: "file=postern.yaml", text: base})
	var holds struct {
		Grace string `json:"shutdown_grace"`
	}
	if err := json.Unmarshal([]byte(sh.run("unit", "postern config show -o json")), &holds); err != nil {
		t.Fatal(err)
	}
	grace, err := time.ParseDuration(holds.Grace)
	if err != nil {
		t.Fatal(err)
	}
	const settle = 10 * time.Second // peers confirm, and the admin API ends
	if wait <= grace+settle {
		t.Errorf("TimeoutStopSec is %s, the server may need %s and %s", wait, grace, settle)
	}
}

func TestTheUnitIsASandbox(t *testing.T) {
	unit := unitOptions(t)
	for option, want := range map[string]string{
		"ProtectSystem": "strict", "ProtectHome": "yes", "NoNewPrivileges": "yes", "PrivateTmp": "yes", "MemoryDenyWriteExecute": "no",
		"Type": "notify-reload", "NotifyAccess": "main", "WatchdogSec": "60s",
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "CapabilityBoundingSet": "", "StateDirectory": "postern", "KillSignal": "SIGTERM",
	} {
		if got, ok := unit[option]; !ok || got != want {
			t.Errorf("%s is %q, want %q", option, got, want)
		}
	}
}

func unitOptions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(read(t, "scripts/postern.service")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			out[name] = value
		}
	}
	return out
}
