package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/inject"
	"github.com/postern/postern/cmd/postern/e2e/invariant"
)

const (
	killServer = "kill -9 of the server at a named point"
	killRandom = "kill -9 of the server at random"
	killCaller = "kill -9 of the requester at a named point"
)

func TestNothingThatWasAcknowledgedIsLostByAKillAtANamedPoint(t *testing.T) {
	surveyed(t)
	each(t, killServer, runs(2, 1), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, exits()))
		s := &strike{h: h, verdict: inject.Verdict{Kill: true}}
		s.point, s.nth = survey.server.choose(r, func(string) bool { return true })
		h.killDuring(r, killServer, s.judge, -1)
		if hit, _ := s.struck(); hit == nil {
			book.add(killServer, "(not met: killed at the end)", 1)
		} else {
			book.add(killServer, s.point, 1)
		}
	})
}

func TestNothingThatWasAcknowledgedIsLostByAKillAtRandom(t *testing.T) {
	each(t, killRandom, runs(1, 4), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, exits()))
		h.killDuring(r, killRandom, nil, time.Duration(r.IntN(250))*time.Millisecond)
	})
}

// killDuring kills the server while the load goes on, at the judge's word or after a time, starts it again and lets
// everything be brought to its end.
func (h *house) killDuring(r *rand.Rand, kind string, judge inject.Judge, after time.Duration) {
	h.Helper()
	jobs := h.load(r)
	ready := h.run(judge)
	if ready {
		h.disturbed(jobs, after)
	}
	h.kill()
	h.mustRun()
	acknowledged := append(h.finish(jobs), offers(jobs)...)
	h.told(acknowledged)
	orphans := h.settled(acknowledged)
	book.add(kind, "parts without an entry", orphans)
	again := 0
	for _, j := range jobs {
		for _, a := range j.course.Attempts[min(1, len(j.course.Attempts)):] {
			if a.Begun && a.Start > 0 {
				again++
			}
		}
	}
	book.add(kind, "restarts behind byte 0", again)
}

// disturbed lets the jobs go on once while the server may die. A negative time leaves the killing to the judge.
func (h *house) disturbed(jobs []*job, after time.Duration) {
	h.Helper()
	for _, j := range jobs {
		if j.out() {
			if err := j.offer(); err != nil {
				h.Logf("%s: %v", j.name, err) // the server may be dead
			}
		}
	}
	if after >= 0 {
		process := h.cmd.Process
		timer := time.AfterFunc(after, func() { _ = process.Kill() })
		defer timer.Stop()
	}
	if err := together(jobs, nil); err != nil {
		h.Error(err)
	}
}

// offers are those that were acknowledged and not fetched.
func offers(jobs []*job) (out []invariant.Acknowledged) {
	for _, j := range jobs {
		if j.offered {
			out = append(out, invariant.Acknowledged{Name: j.name, Stored: j.data})
		}
	}
	return out
}

// told waits until the done exit was told of every transfer that has ended, and checks what it was told.
func (h *house) told(acknowledged []invariant.Acknowledged) {
	h.Helper()
	var missing error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		if missing = h.events(acknowledged); missing == nil {
			return
		}
	}
	h.Error(missing)
}

func (h *house) events(acknowledged []invariant.Acknowledged) error {
	entries, err := h.Entries()
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(h.dir, "events"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ended := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if words := strings.Fields(line); len(words) == 3 && words[2] == "done" {
			ended[words[1]] = true
		}
	}
	for _, e := range entries {
		if e.Status == "processing" || e.Status == "done" && !ended[e.ID] {
			return fmt.Errorf("the done exit was not told of %s (%s, %s):\n%s", e.ID, e.Name(), e.Status, b)
		}
	}
	return nil
}

func TestARequesterThatIsKilledGoesOnWhereItWas(t *testing.T) {
	surveyed(t)
	each(t, killCaller, runs(1, 4), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, ""))
		h.plainly(patient)
		h.mustRun()
		give, fetch := h.job("plain", "IN", r.IntN(2) == 0, content(r, 300_000)), h.job("fetch", "OUT", r.IntN(2) == 0, content(r, 300_000))
		if err := fetch.offer(); err != nil {
			t.Fatal(err)
		}
		a, b := &strike{h: h, verdict: inject.Verdict{Kill: true}}, &strike{h: h, verdict: inject.Verdict{Kill: true}}
		any := func(string) bool { return true }
		a.point, a.nth = survey.caller.choose(r, any)
		b.point, b.nth = survey.receiver.choose(r, any)
		jobs := []*job{give, fetch}
		if err := together(jobs, map[string]inject.Judge{"plain": a.judge, "fetch": b.judge}); err != nil {
			t.Error(err)
		}
		for _, s := range []*strike{a, b} {
			if hit, _ := s.struck(); hit != nil {
				book.add(killCaller, s.point, 1)
			}
		}
		h.settled(h.finish(jobs))
	})
}

func TestAnOfferThatIsKilledIsMadeOrLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		what, point string
		named       bool // it comes behind part.rename
	}{
		{"before its copy has its name", "part.rename", false},
		{"before the name is durable", "folder.sync", true},
		{"before its entry is durable", "log.sync", true},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := newHouse(t, configuration(patient, exits()))
			j := h.job("fetch", "OUT", false, []byte("a few bytes"))
			var armed atomic.Bool // what the start itself writes does not count
			named := false
			ready := h.run(func(call inject.Call) inject.Verdict {
				point := h.point(call)
				hit := armed.Load() && point == c.point && named == c.named
				named = named || point == "part.rename"
				return inject.Verdict{Kill: hit}
			})
			if !ready {
				t.Fatalf("the server does not start:\n%s", h.said)
			}
			armed.Store(true)
			if err := j.offer(); err == nil {
				t.Error("the offer was answered: the server was not killed")
			}
			h.kill()
			h.mustRun()
			if err := j.offerAgain(); err != nil {
				t.Error(err)
			}
			if n := h.settled(h.finish([]*job{j})); n > 0 {
				t.Errorf("%d temporary files stay", n)
			}
		})
	}
}
