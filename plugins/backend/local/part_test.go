package local

import (
	"encoding/json"
	"math"
	"testing"
)

func TestAStateIsWrittenAsJSONWritesIt(t *testing.T) {
	for _, s := range []state{{}, {File: identity{Device: 1, Inode: 2, Born: 3}, Size: 4, Made: 5},
		{File: identity{Device: math.MaxUint64, Inode: math.MaxUint64, Born: math.MinInt64}, Size: math.MaxInt64}} {
		s.Version = stateVersion
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.encode(); string(got) != string(want) {
			t.Errorf("the state is %s, want %s", got, want)
		}
		if back, err := decodeState(s.encode()); err != nil || back != s {
			t.Errorf("what is read back is %+v (%v), want %+v", back, err, s)
		}
	}
}
