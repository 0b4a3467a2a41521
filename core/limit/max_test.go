package limit

import "testing"

func TestSlotsTellTheirLimit(t *testing.T) {
	s := newSlots(3)
	if s.Max() != 3 {
		t.Errorf("the limit is %d", s.Max())
	}
	s.SetMax(0)
	if s.Max() != 0 {
		t.Errorf("without a limit it is %d", s.Max())
	}
}
