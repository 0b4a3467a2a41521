//go:build linux

package process

import (
	"slices"
	"strings"
	"testing"

	"github.com/postern/postern/sdk"
)

func TestInspectTellsWhatAProgramIsWhateverItIs(t *testing.T) {
	for actor, want := range map[string]string{"as-store": sdk.PluginBackend, "as-line": sdk.PluginProtocol, "as-functions": sdk.PluginExit} {
		m, err := Inspect(t.Context(), settings(t, actor, func(s *Settings) { s.Grants = Grants{} }))
		if err != nil || !slices.Contains(m.Kinds, want) {
			t.Errorf("%s: it is %q, %v", actor, m.Kinds, err)
		}
		if want == sdk.PluginBackend && !slices.Contains(m.Abilities, sdk.AbilityList) {
			t.Errorf("its abilities are %q", m.Abilities)
		}
	}
	if _, err := LoadBackend(t.Context(), settings(t, "as-line")); err == nil || !strings.Contains(err.Error(), "it is no backend, but: protocol") {
		t.Errorf("a protocol loaded as a backend gives %v", err)
	}
}
