package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const none = "none"

// Limit is a count: 1 or more, or NoLimit. The zero value means "not set".
type Limit int64

// NoLimit is written none.
const NoLimit Limit = -1

// Int returns the count, and 0 for none or not set.
func (l Limit) Int() int { return int(max(l, 0)) }

// UnmarshalText reads a whole number or none.
func (l *Limit) UnmarshalText(b []byte) error {
	if string(b) == none {
		*l = NoLimit
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not %s", b, l.expects())
	}
	*l = Limit(n)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (l Limit) MarshalText() ([]byte, error) {
	if l == NoLimit {
		return []byte(none), nil
	}
	return strconv.AppendInt(nil, int64(l), 10), nil
}

func (Limit) expects() string { return "a whole number from 1 to 2147483647, or none" }

// Size is a number of bytes (or of another unit that comes in large numbers): 1 or more, or NoSize. The zero value
// means "not set".
type Size int64

// NoSize is written none.
const NoSize Size = -1

// Bytes returns the number, and 0 for none or not set.
func (s Size) Bytes() int64 { return int64(max(s, 0)) }

var sizeUnits = []struct {
	name string
	n    int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"K", 1e3}, {"B", 1},
}

// UnmarshalText reads 4096, 64KiB, 1MiB (powers of 1024), 20M, 20MB (powers of 1000) or none.
func (s *Size) UnmarshalText(b []byte) error {
	if string(b) == none {
		*s = NoSize
		return nil
	}
	digits, unit := string(b), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, unit = strings.TrimSuffix(rest, " "), u.n
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/unit || digits[0] == '+' {
		return fmt.Errorf("%q is not %s", b, s.expects())
	}
	*s = Size(n * unit)
	return nil
}

// MarshalText writes the largest unit of 1024 that gives a whole number.
func (s Size) MarshalText() ([]byte, error) {
	if s == NoSize {
		return []byte(none), nil
	}
	for _, u := range sizeUnits[:4] {
		if s != 0 && int64(s)%u.n == 0 {
			return fmt.Appendf(nil, "%d%s", int64(s)/u.n, u.name), nil
		}
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}

func (Size) expects() string { return "a size like 4096, 64KiB, 1MiB or 20M, or none" }

// Count is a large number of something, 1 or more. The zero value means "not set".
type Count int64

var countUnits = []struct {
	name string
	n    int64
}{{"G", 1e9}, {"M", 1e6}, {"k", 1e3}}

// UnmarshalText reads 5000, 250k, 20M or 1G (powers of 1000).
func (c *Count) UnmarshalText(b []byte) error {
	digits, unit := string(b), int64(1)
	for _, u := range countUnits {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, unit = rest, u.n
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/unit || digits[0] == '+' {
		return fmt.Errorf("%q is not %s", b, c.expects())
	}
	*c = Count(n * unit)
	return nil
}

// MarshalText writes the largest unit that gives a whole number.
func (c Count) MarshalText() ([]byte, error) {
	for _, u := range countUnits {
		if c != 0 && int64(c)%u.n == 0 {
			return fmt.Appendf(nil, "%d%s", int64(c)/u.n, u.name), nil
		}
	}
	return strconv.AppendInt(nil, int64(c), 10), nil
}

func (Count) expects() string { return "a number like 5000, 250k, 20M or 1G" }

// Duration is a span of time, more than 0, or NoDuration. The zero value means "not set".
type Duration time.Duration

// NoDuration is written none.
const NoDuration Duration = -1

// Seconds makes a duration.
func Seconds(n int) Duration { return Duration(time.Duration(n) * time.Second) }

// Days makes a duration of n times 24 hours.
func Days(n int) Duration { return Duration(time.Duration(n) * 24 * time.Hour) }

// Std returns the span, and 0 for none or not set.
func (d Duration) Std() time.Duration { return time.Duration(max(d, 0)) }

// UnmarshalText reads what time.ParseDuration reads, days (30d, 1d12h), or none.
func (d *Duration) UnmarshalText(b []byte) error {
	text := string(b)
	if text == none {
		*d = NoDuration
		return nil
	}
	fail := fmt.Errorf("%q is not %s", b, d.expects())
	var total time.Duration
	if head, tail, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(head, 10, 16)
		if err != nil {
			return fail
		}
		total, text = time.Duration(n)*24*time.Hour, tail
	}
	if text != "" {
		rest, err := time.ParseDuration(text)
		if err != nil || rest < 0 || text[0] == '+' || rest > math.MaxInt64-total {
			return fail
		}
		total += rest
	}
	if total <= 0 {
		return fail
	}
	*d = Duration(total)
	return nil
}

// MarshalText writes whole days as 30d and anything else as time.Duration does, without trailing zero units.
func (d Duration) MarshalText() ([]byte, error) {
	const day = 24 * time.Hour
	t := time.Duration(d)
	switch {
	case d == NoDuration:
		return []byte(none), nil
	case t >= day && t%day == 0:
		return fmt.Appendf(nil, "%dd", t/day), nil
	}
	text := t.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return []byte(text), nil
}

// String gives the text of the configuration.
func (d Duration) String() string { b, _ := d.MarshalText(); return string(b) }

func (Duration) expects() string { return "a time with its unit, like 30s, 24h or 30d, or none" }
