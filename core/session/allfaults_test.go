package session_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern/postern/core/catalog"
)

// courses are what a peer may do in one call, all at once: it does not wait for answers.
var courses = map[string][]string{
	"a file in":            {"PUT INVOICES number=7", "BEGIN none", "DATA 4\nabcdSYNC 1", "DATA 4\nefghSYNC 2", "DATA 1\niEND ok", "FINISH", "LEAVE", "BYE"},
	"stopped, begun again": {"PUT INVOICES number=7", "BEGIN none", "DATA 4\nabcdSYNC 1", "STOP data.io restartable", "BEGIN none", "DATA 4\nefghSYNC 2", "END ok", "FINISH", "LEAVE", "BYE"},
	"given up":             {"PUT INVOICES number=7", "LEAVE", "PUT INVOICES number=7", "BEGIN none"},
	"a file out":           {"GET f1", "BEGIN none", "SYNCED 1", "SYNCED 2", "FINISH", "LEAVE", "BYE"},
	"out, begun again":     {"GET f1", "BEGIN none", "SYNCED 1", "STOP data.io restartable", "BEGIN 1", "SYNCED 2", "FINISH", "LEAVE", "BYE"},
	"a message":            {"MSG note reply text", "BYE"},
}

// TestNothingIsLeftWhicheverCallFails lets each call of the catalog and of the disk fail, at its first, second and third
// time, whatever the peer is doing. Afterwards no slot, buffer, goroutine or part is left, and nothing that runs without
// a session keeps the peer from its file: it is there, it goes on, or it begins anew.
func TestNothingIsLeftWhicheverCallFails(t *testing.T) {
	calls := []string{"write", "sync", "commit"}
	for _, c := range strings.Fields("held restartable get create release restart begin abandon checkpoint end interrupt") {
		calls = append(calls, "catalog."+c)
	}
	for name, course := range courses {
		for _, call := range calls {
			for n := 1; n <= 3; n++ {
				t.Run(fmt.Sprintf("%s/%s %d", name, call, n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p := &play{T: t, file: name, house: newHouse(t), peers: map[string]*peer{}}
						p.run(script(course, fmt.Sprintf("%s %d", call, n)))
					})
				})
			}
		}
	}
}

// script is a scenario in which a course is played with a fault and the peer then asks again.
func script(course []string, fault string) string {
	lines := []string{"", "set interval=4", `held HELD f1 "abcdefgh12"`, "A call", "A > HELLO PARIS secret", "fault " + fault}
	for _, c := range course {
		lines = append(lines, fmt.Sprintf("A >> %q", c+"\n"))
	}
	if !strings.HasPrefix(course[0], "PUT") {
		return strings.Join(append(lines, "A hangs up", "wait 1h", "idle", "mended", "owned"), "\n")
	}
	return strings.Join(append(lines, "A hangs up", "wait 1h", "idle", "mended",
		"B call", "B > HELLO PARIS secret", "B < WELCOME *", "B > PUT INVOICES number=7 restart=1", "wait 10s", "B again", "B hangs up", "wait 1h", "idle", "owned"), "\n")
}

// again reads what a peer gets that asks for its file once more.
func (p *play) again(x *peer) {
	line, _ := x.takeLine()
	for _, ok := range []string{"GRANT ", "NO restart.unknown", "NO duplicate"} {
		if strings.HasPrefix(line, ok) {
			return
		}
	}
	p.failf("the peer that asked again got %q", line)
}

// mend ends the faults that did not strike.
func (h *testHouse) mend() {
	h.catalog.mu.Lock()
	clear(h.catalog.due)
	h.catalog.mu.Unlock()
	for _, f := range []func(int, error){h.backend.Faults.Sync, h.backend.Faults.Write, h.backend.Faults.Commit} {
		f(0, nil)
	}
}

// owned checks that every part belongs to an entry that can use it.
func (h *testHouse) owned(p *play) {
	parts, err := h.backend.Parts()
	if err != nil {
		p.failf("%v", err)
	}
	for _, part := range parts {
		e, err := h.store.Get(h.life, part.ID)
		if err != nil || e.Status() == catalog.Done {
			p.failf("part %s belongs to nobody: %s (%v)", part.Path, e.Status(), err)
		}
	}
}
