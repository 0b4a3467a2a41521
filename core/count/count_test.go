package count

import "testing"

func TestOneIsOneAndMoreAreMore(t *testing.T) {
	for want, got := range map[string]string{
		"1 listener": Of(1, "listener"), "0 listeners": Of(0, "listener"), "2 listeners": Of(2, "listener"),
		"1 entry": Of(1, "entry"), "3 entries": Of(int64(3), "entry"), "2 days": Of(2, "day"),
		"4 addresses": Of(uint64(4), "address"), "5 patches": Of(5, "patch"), "6 temporary files": Of(6, "temporary file"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
