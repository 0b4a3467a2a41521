package session

import (
	"testing"

	"github.com/postern/postern/sdk"
)

func TestFoldersHeldOpenAreBoundedTogetherAndNoneAlone(t *testing.T) {
	half := &listing{stored: make([]sdk.FileInfo, mostRows/2)}
	whole := &listing{stored: make([]sdk.FileInfo, 2*mostRows)}
	for name, c := range map[string]struct {
		open map[uint32]*listing
		more int
		want bool
	}{
		"one large folder":      {nil, 2 * mostRows, false},
		"two that fit":          {map[uint32]*listing{1: half}, mostRows / 2, false},
		"one more than that":    {map[uint32]*listing{1: half, 2: half}, 1, true},
		"a small one behind":    {map[uint32]*listing{1: whole}, 1, true},
		"one without such rows": {map[uint32]*listing{1: whole}, 0, false},
		"behind one read out":   {map[uint32]*listing{1: {}}, 2 * mostRows, false},
	} {
		if got := crowded(c.open, c.more); got != c.want {
			t.Errorf("%s: crowded is %t", name, got)
		}
	}
}
