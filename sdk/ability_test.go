package sdk_test

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// shy has the methods of two abilities and says that it has one.
type shy struct{ sdk.Backend }

func (shy) Stat(string) (sdk.FileInfo, error) { return sdk.FileInfo{}, nil }
func (shy) Remove(string) error               { return nil }
func (shy) Can(a sdk.Ability) bool            { return a == sdk.AbilityStat || a == sdk.AbilityRename }

// plain has the method of one ability and says nothing.
type plain struct{ sdk.Backend }

func (plain) Remove(string) error { return nil }

func TestAnAbilityNeedsItsMethodAndIsNotDenied(t *testing.T) {
	for _, c := range []struct {
		x    any
		a    sdk.Ability
		want bool
	}{
		{shy{}, sdk.AbilityStat, true}, {shy{}, sdk.AbilityRemove, false}, {shy{}, sdk.AbilityRename, false},
		{shy{}, sdk.AbilityRandomWrite, false}, {plain{}, sdk.AbilityRemove, true}, {plain{}, sdk.AbilityStat, false},
		{plain{}, sdk.AbilityRandomWrite, true}, {plain{}, sdk.AbilityCreateIfAbsent, true},
	} {
		if got := sdk.Can(c.x, c.a); got != c.want {
			t.Errorf("%T can %s: %v", c.x, c.a, got)
		}
	}
	if _, ok := sdk.As[sdk.Statter](shy{}); !ok {
		t.Error("an ability is not given")
	}
	if r, ok := sdk.As[sdk.Remover](shy{}); ok || r != nil {
		t.Error("an ability that is denied is given")
	}
	if _, ok := sdk.As[interface{ Remove(string) error }](shy{}); !ok {
		t.Error("an interface that goes with no ability is not given")
	}
}
