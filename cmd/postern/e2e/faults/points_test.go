package faults

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/inject"
)

// point names the moment before a call, from what the call is done to. Calls that decide nothing have no name.
func (h *house) point(c inject.Call) string {
	base := c.Base()
	inside := func(folder string) bool {
		rel, err := filepath.Rel(filepath.Join(h.dir, folder), c.Path)
		return err == nil && !strings.HasPrefix(rel, "..")
	}
	switch {
	case c.Op == inject.Folder || c.Op == inject.Sync && inside("files") && !strings.HasPrefix(base, ".postern-"):
		return "folder." + string(c.Op)
	case strings.HasPrefix(base, ".postern-"):
		return "part." + string(c.Op)
	case inside("files"):
		return "file." + string(c.Op)
	case strings.HasPrefix(base, "catalog.db-wal"):
		return "log." + string(c.Op)
	case base == "catalog.db-redo":
		return "journal." + string(c.Op)
	case base == "catalog.db":
		return "catalog." + string(c.Op)
	case strings.Contains(c.Path, "/state-"):
		return "context." + string(c.Op)
	}
	return ""
}

// census counts the calls at each point of one run in which nothing goes wrong: what may be struck, and how often it
// comes.
type census struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *census) judge(h *house) inject.Judge {
	return func(call inject.Call) inject.Verdict {
		if p := h.point(call); p != "" {
			c.mu.Lock()
			c.count[p]++
			c.mu.Unlock()
		}
		return inject.Verdict{}
	}
}

// choose takes a point, each name as likely as the others, and which of its calls.
func (c *census) choose(r *rand.Rand, may func(point string) bool) (point string, nth int) {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(c.count)), func(p string) bool { return !may(p) })
	if len(names) == 0 {
		return "", 0
	}
	point = names[r.IntN(len(names))]
	return point, r.IntN(c.count[point])
}

// strike is what is done at the nth call at a point.
type strike struct {
	h       *house
	point   string
	nth     int
	verdict inject.Verdict
	mu      sync.Mutex
	met     int
	hit     *inject.Call
	later   []inject.Call // calls behind it
}

func (s *strike) judge(c inject.Call) inject.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hit != nil {
		s.later = append(s.later, c)
		return inject.Verdict{}
	}
	if s.h.point(c) != s.point {
		return inject.Verdict{}
	}
	s.met++
	if s.met <= s.nth {
		return inject.Verdict{}
	}
	s.hit = &c
	return s.verdict
}

// struck is the call that was hit, and those behind it.
func (s *strike) struck() (*inject.Call, []inject.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hit, slices.Clone(s.later)
}

func (s *strike) String() string { return fmt.Sprintf("%s number %d", s.point, s.nth) }

var survey struct {
	once             sync.Once
	server, caller   *census
	receiver         *census
	skipped, problem string
}

// surveyed runs the load once without a fault.
func surveyed(t *testing.T) {
	t.Helper()
	survey.once.Do(func() {
		survey.skipped = "the run without a fault did not end"
		survey.server, survey.caller, survey.receiver = &census{count: map[string]int{}}, &census{count: map[string]int{}}, &census{count: map[string]int{}}
		h := newHouse(t, configuration(patient, exits()))
		h.run(survey.server.judge(h))
		jobs := h.load(rand.New(rand.NewPCG(1, 0)))
		for _, j := range jobs {
			if j.out() {
				if err := j.offer(); err != nil {
					t.Error(err)
				}
			}
		}
		judges := map[string]inject.Judge{"plain": survey.caller.judge(h), "fetch": survey.receiver.judge(h)}
		if err := together(jobs, judges); err != nil {
			t.Error(err)
		}
		h.settled(h.finish(jobs))
		t.Logf("points of the server: %v\nof who gives: %v\nof who fetches: %v", survey.server.count, survey.caller.count, survey.receiver.count)
		survey.skipped = ""
	})
	if survey.skipped != "" && !t.Failed() {
		t.Skip(survey.skipped)
	}
}

// load is what goes on while a fault strikes: files in and out, plain and with TLS, with sync points, without, and through
// a filter.
func (h *house) load(r *rand.Rand) []*job {
	h.Helper()
	size := func() int { return 100_000 + r.IntN(300_000) }
	return []*job{
		h.job("plain", "IN", false, content(r, size())),
		h.job("turned", "FILTERED", true, content(r, size())),
		h.job("close", "CLOSE", false, content(r, size())),
		h.job("fetch", "OUT", false, content(r, size())),
		h.job("secret", "OUT", true, content(r, size())),
	}
}
