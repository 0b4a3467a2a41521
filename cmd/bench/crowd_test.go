package bench

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/postern/postern/cmd/bench/load"
)

// sessions opens many sessions, some at a time.
func sessions(t *testing.T, s *server, c *load.Caller, n int) []*load.Session {
	t.Helper()
	all, errs := make([]*load.Session, n), make([]error, n)
	turn := make(chan struct{}, 64)
	var wait sync.WaitGroup
	for i := range n {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			all[i], errs[i] = c.Dial(s.address)
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// release closes sessions.
func release(t *testing.T, all []*load.Session) {
	t.Helper()
	for _, x := range all {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// settled waits until the memory of a server does not fall any more and gives it, in bytes.
func settled(t *testing.T, s *server) int64 { t.Helper(); return rested(t, s.child) }

// rested is the same of any program.
func rested(t *testing.T, p *child) int64 {
	t.Helper()
	least := p.status(t, "RssAnon")
	for still := 0; still < 10; still++ {
		time.Sleep(100 * time.Millisecond)
		if n := p.status(t, "RssAnon"); n < least {
			least, still = n, 0
		}
	}
	return least
}

// TestIdleSessions counts what sessions cost that have said who they are and nothing more.
func TestIdleSessions(t *testing.T) {
	const n = 5000
	s := start(t, tmpfs(t), flows+"timeouts: {idle: 1h}\n", nil)
	c := caller(entities(4 << 10))
	release(t, sessions(t, s, c, 64))
	before := settled(t, s)
	all := sessions(t, s, c, n)
	after := settled(t, s)
	report.add(t, "memory of an idle session", "KiB", []float64{float64(after-before) / n / 1024}, nil, atMost(24), fmt.Sprintf("anonymous and resident, %d plain sessions, authenticated", n))
	const span = 5 * time.Second
	cpu := s.cpu(t)
	time.Sleep(span)
	cpu = s.cpu(t) - cpu
	report.add(t, "CPU of 5,000 idle sessions", "ms/s", []float64{cpu * 1000 / span.Seconds()}, nil, atMost(1), "")
	release(t, all)
}

// TestTransferMemory looks at the server's memory while it receives 1 GiB and while it sends it.
func TestTransferMemory(t *testing.T) {
	dir := tmpfs(t)
	statement(t, dir)
	s := start(t, dir, flows, nil)
	c := caller()
	for _, v := range []struct {
		name string
		run  func() sample
	}{
		{"receive", func() sample { return received(t, s, c, "NONE", gibibyte) }},
		{"send", func() sample { return sent(t, s, c, "STATEMENT", gibibyte) }},
	} {
		v.run() // warm
		var most []float64
		for range min(3, *rounds) {
			stop := s.peak()
			v.run()
			most = append(most, mib(stop()))
		}
		report.add(t, "memory during a "+v.name+" of 1 GiB", "MiB", most, nil, atMost(48), "the most that was anonymous and resident, after one warm-up, GOMEMLIMIT unset")
	}
}

// TestConcurrentTransfers receives at 1 to 1,000 sessions at once, each number of them at a server of its own, so that none
// shows the memory of another. Together they always send as much.
func TestConcurrentTransfers(t *testing.T) {
	const total = 2 * gibibyte
	counts := []int{1, 10, 100, 1000}
	var runs []func() crowded
	for _, n := range counts {
		s := start(t, tmpfs(t), flows, nil)
		runs = append(runs, func() crowded {
			c := caller()
			calls := sessions(t, s, c, n)
			before, stop := s.cpu(t), s.peak()
			r := crowded{rate: together(t, calls, "NONE", total), memory: mib(stop()), cpu: (s.cpu(t) - before) * gibibyte / total}
			release(t, calls)
			empty(t, filepath.Join(s.dir, "files", "NONE"))
			return r
		})
		runs[len(runs)-1]() // warm
	}
	v := turns(t, runs...)
	for i, n := range counts {
		pick := func(what func(crowded) float64) (x []float64) {
			for _, r := range v[i] {
				x = append(x, what(r))
			}
			return x
		}
		name := fmt.Sprintf("%d transfers at once", n)
		report.add(t, name, "MB/s", pick(func(r crowded) float64 { return r.rate }), nil, goal{}, "2 GiB in all, on tmpfs, durability none")
		report.add(t, name+", CPU", "s/GiB", pick(func(r crowded) float64 { return r.cpu }), nil, goal{}, "")
		memory := pick(func(r crowded) float64 { return r.memory })
		report.add(t, name+", memory", "MiB", memory, nil, goal{}, fmt.Sprintf("the most that was anonymous and resident; %.0f KiB for each", slices.Max(memory)*1024/float64(n)))
	}
}

// crowded is what one run of many transfers gave.
type crowded struct{ rate, memory, cpu float64 }

// together has every session send its share at the same time and gives MB/s.
func together(t *testing.T, calls []*load.Session, flow string, total int64) float64 {
	t.Helper()
	errs := make([]error, len(calls))
	began := time.Now()
	var wait sync.WaitGroup
	for i, x := range calls {
		wait.Go(func() { errs[i] = x.Put(flow, total/int64(len(calls))) })
	}
	wait.Wait()
	took := time.Since(began)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return rate(total, took)
}
