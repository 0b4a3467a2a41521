package systemd

import "golang.org/x/sys/unix"

// monotonic is CLOCK_MONOTONIC in microseconds: by it the manager knows that a reload is the one it asked for.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return t.Nano() / 1000
}
