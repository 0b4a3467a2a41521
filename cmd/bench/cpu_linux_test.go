package bench

import (
	"testing"

	"golang.org/x/sys/unix"
)

// cpu is how many seconds of processor a process has used, its own and the system's for it, threads that have ended
// included. The clock of another process is the complement of its id (clock_getcpuclockid(3)), to the nanosecond.
func (p *child) cpu(t testing.TB) float64 {
	t.Helper()
	const scheduled = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &ts); err != nil {
		t.Fatal("read the processor time of a process:", err)
	}
	return float64(ts.Nano()) / 1e9
}
