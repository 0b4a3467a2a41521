package faults

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/postern/postern/cmd/postern/e2e/inject"
)

const (
	diskServer = "EIO or ENOSPC under the server"
	diskSync   = "a failed fsync under the server"
	diskCaller = "EIO or ENOSPC under the requester"
)

// fault is an error that a disk gives at a point.
func fault(r *rand.Rand, point string) inject.Verdict {
	_, op, _ := strings.Cut(point, ".")
	errs := []syscall.Errno{syscall.EIO}
	switch inject.Op(op) {
	case inject.Create, inject.Write, inject.Rename, inject.Link, inject.Folder:
		errs = append(errs, syscall.ENOSPC)
	}
	return inject.Verdict{Err: errs[r.IntN(len(errs))]}
}

func TestADiskThatFailsBreaksNoPromise(t *testing.T) {
	surveyed(t)
	each(t, diskServer, runs(1, 4), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, exits()))
		s := &strike{h: h}
		s.point, s.nth = survey.server.choose(r, func(string) bool { return true })
		s.verdict = fault(r, s.point)
		h.failing(r, diskServer, s)
	})
}

func TestASyncThatFailedIsNeverTriedAgain(t *testing.T) {
	surveyed(t)
	each(t, diskSync, runs(1, 4), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, exits()))
		s := &strike{h: h, verdict: inject.Verdict{Err: syscall.EIO}}
		s.point, s.nth = survey.server.choose(r, func(p string) bool { return strings.HasSuffix(p, ".sync") && p != "catalog.sync" })
		h.failing(r, diskSync, s)
	})
}

// failing has a call of the server fail while the load goes on.
func (h *house) failing(r *rand.Rand, kind string, s *strike) {
	h.Helper()
	jobs := h.load(r)
	if h.run(s.judge) {
		early, _ := s.struck() // while the catalog is made nothing hangs on it, and it is made again
		h.disturbed(jobs, -1)
		hit, later := s.struck()
		if hit != nil && early == nil {
			h.notAgain(s, *hit, later)
		}
		if hit == nil || strings.HasPrefix(s.point, "part.") || strings.HasPrefix(s.point, "folder.") {
			h.finish(jobs) // it goes on at work
		}
		if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			h.Error(err)
		}
	}
	h.gone()
	if hit, _ := s.struck(); hit != nil {
		book.add(kind, s.point, 1)
		h.Logf("%s: %v at %s", hit, s.verdict.Err, s)
	}
	h.mustRun()
	acknowledged := append(h.finish(jobs), offers(jobs)...)
	h.told(acknowledged)
	orphans := h.settled(acknowledged)
	book.add(kind, "parts without an entry", orphans)
}

// notAgain checks that nobody syncs what could not be synced, as if nothing had been: a temporary file not until its
// transfer is begun again, the catalog's log and what it leads to not until the catalog is opened again, a context, a
// folder or the database itself (which is written from the log) not unless it was written anew.
func (h *house) notAgain(s *strike, hit inject.Call, later []inject.Call) {
	h.Helper()
	if hit.Op != inject.Sync || hit.Path == h.Files { // all flows' folders lie in it: another transfer syncs it for its own
		return
	}
	kind, _, _ := strings.Cut(s.point, ".")
	for _, c := range later {
		same := c.Path == hit.Path
		switch kind {
		case "log":
			same = strings.HasPrefix(c.Base(), "catalog.db")
		case "context", "folder", "catalog":
			if anew(hit.Path, c) {
				return
			}
		}
		if same && c.Op == inject.Sync {
			h.Errorf("%s failed with %v, and then came %s", hit, s.verdict.Err, c)
		}
	}
}

// anew reports whether a call changes a file or a folder, so that there is something new to be synced.
func anew(path string, c inject.Call) bool {
	if c.Op == inject.Sync {
		return false
	}
	return c.Path == path || filepath.Dir(c.Path) == path || c.To != "" && filepath.Dir(c.To) == path
}

func TestADiskThatFailsUnderTheRequesterLosesNothing(t *testing.T) {
	surveyed(t)
	each(t, diskCaller, runs(1, 8), func(t *testing.T, r *rand.Rand) {
		h := newHouse(t, configuration(patient, exits()))
		h.mustRun()
		give, fetch := h.job("plain", "IN", false, content(r, 300_000)), h.job("fetch", "OUT", false, content(r, 300_000))
		if err := fetch.offer(); err != nil {
			t.Fatal(err)
		}
		judges := map[string]inject.Judge{}
		for name, c := range map[string]*census{"plain": survey.caller, "fetch": survey.receiver} {
			s := &strike{h: h}
			s.point, s.nth = c.choose(r, func(string) bool { return true })
			s.verdict = fault(r, s.point)
			judges[name] = s.judge
			defer func() {
				if hit, later := s.struck(); hit != nil {
					t.Logf("%s: %v at %s", hit, s.verdict.Err, s)
					book.add(diskCaller, s.point, 1)
					h.notAgain(s, *hit, later)
				}
			}()
		}
		jobs := []*job{give, fetch}
		if err := together(jobs, judges); err != nil {
			t.Error(err)
		}
		h.settled(h.finish(jobs))
	})
}
