package config

import (
	"testing"
	"time"
)

func TestSizesDurationsAndLimitsAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]struct {
		n    int64
		back string
	}{
		"1": {1, "1"}, "4096": {4096, "4KiB"}, "64KiB": {65536, "64KiB"}, "1MiB": {1 << 20, "1MiB"}, "20M": {20e6, "20000000"},
		"20 MB": {20e6, "20000000"}, "3TiB": {3 << 40, "3TiB"}, "7B": {7, "7"}, "1K": {1000, "1000"}, "none": {-1, "none"},
	} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || int64(s) != want.n {
			t.Errorf("size %q: %d, %v", text, s, err)
		}
		if back, _ := s.MarshalText(); string(back) != want.back {
			t.Errorf("size %q is written %q", text, back)
		}
	}
	for text, want := range map[string]struct {
		d    time.Duration
		back string
	}{
		"30s": {30 * time.Second, "30s"}, "24h": {24 * time.Hour, "1d"}, "30d": {720 * time.Hour, "30d"}, "1d12h": {36 * time.Hour, "36h"},
		"1m": {time.Minute, "1m"}, "120s": {2 * time.Minute, "2m"}, "90s": {90 * time.Second, "1m30s"}, "250ms": {250 * time.Millisecond, "250ms"},
		"1h30m": {90 * time.Minute, "1h30m"}, "0.5s": {time.Second / 2, "500ms"}, "none": {-1, "none"}, "10m": {10 * time.Minute, "10m"}, "10h": {10 * time.Hour, "10h"},
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want.d {
			t.Errorf("duration %q: %d, %v", text, d, err)
		}
		if d.String() != want.back {
			t.Errorf("duration %q is written %q", text, d)
		}
	}
	for _, text := range []string{"", "0", "-1", "+1", "1.5", "KiB", "99999999999999999999", "9223372036854775807K", "1XiB", "None", "1  K"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("size %q was taken", text)
		}
	}
	for _, text := range []string{"", "0s", "0", "-1s", "+1s", "30", "d", "1dd", "1d-1h", "1d+1h", "106752d", "99999d2540000h", "x", "NONE"} {
		if err := new(Duration).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("duration %q was taken", text)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5", "2147483648", "no"} {
		if err := new(Limit).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("limit %q was taken", text)
		}
	}
	if NoLimit.Int() != 0 || NoSize.Bytes() != 0 || NoDuration.Std() != 0 || Limit(5).Int() != 5 {
		t.Error("none must be 0 where the records say no limit")
	}
}
