package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestTmpSend(t *testing.T) {
	dir := tmpfs(t)
	path := statement(t, dir)
	s := start(t, dir, flows, nil)
	b, c := twin(t, dir, "send", path), caller()
	one := func() sample { return sent(t, s, c, "STATEMENT", gibibyte) }
	two := func() sample { return drained(t, b, false, gibibyte) }
	one()
	two()
	for _, v := range []struct {
		p   *child
		run func() sample
	}{{s.child, one}, {b, two}} {
		data := filepath.Join(dir, "perf.data")
		cmd := exec.Command("perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", data, "-p", fmt.Sprint(v.p.cmd.Process.Pid))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var sum float64
		for range 6 {
			sum += v.run().cpu / 6
		}
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		out, _ := exec.Command("perf", "report", "--stdio", "-q", "--no-children", "-n", "-s", "sym", "-i", data).Output()
		t.Logf("%.3f s/GiB\n%s", sum, head(out, 34))
	}
}
