package naming

import "testing"

func TestAFileIsShownByTheNameThatTellsItFromOthersOfItsFlow(t *testing.T) {
	for _, c := range [][4]string{
		{"ORDERS", "ORDERS", "/home/ann/may.csv", "may.csv"},
		{"ORDERS", "", `C:\out\may.csv`, "may.csv"},
		{"ORDERS", "may.csv", "Orders of May", "may.csv"},
		{"ORDERS", "ORDERS", "", "ORDERS"},
		{"", "NOSUCH", "may.csv", "NOSUCH"},
	} {
		if got := Shown(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%q of the flow %q, labelled %q: %q, want %q", c[1], c[0], c[2], got, c[3])
		}
	}
}
