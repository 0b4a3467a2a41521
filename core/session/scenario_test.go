package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestScenarios plays every file of testdata: one for each sentence of what a server transfer is. The first line of a
// file is that sentence. Time is that of the bubble: waiting costs nothing.
//
// A line of a scenario is one of
//
//	NAME call              a peer calls; NAME is how the scenario calls it from here on
//	NAME > TEXT            the peer sends a line of the line protocol
//	NAME >> "RAW"          the peer sends bytes, as a Go string
//	NAME < PATTERN         the peer gets that line; * stands for anything
//	NAME << "RAW"          the peer gets these bytes
//	NAME silent            the peer has got nothing more
//	NAME closed            the peer sees the connection closed, and nothing before it
//	NAME hangs up          the peer closes the connection
//	wait DURATION          time passes
//	set KEY=VALUE ...      changes the house before the first call: see house_test.go
//	held FLOW FILE "TEXT"  a file is put at PARIS's disposal
//	file PATH "TEXT"       a file is in the backend
//	take PATH              somebody takes a file out of the backend
//	expel PARTNER          the sessions of a partner that was switched off are ended
//	entries [STATUS ...]   what the catalog holds, oldest first
//	entry N KEY=VALUE ...  fields of the N-th entry, as its JSON has them
//	files [PATH ...]       what the backend holds, temporary files included; * stands for anything
//	content PATH "TEXT"    what a file holds
//	refused [CODE ...]     the refusals since the last such line
//	operator VERB N        halt, keep, lift or resume the N-th entry
//	fails VERB N           the same, and it is not possible
//	drain | drain now      the server begins to stop; its time to stop is over
//	fault CALL N           the N-th call from now fails: sync, write, commit, rename, catalog.create, catalog.begin, ...
//	disk waits | goes on   the next sync waits; it goes on; disk lists slowly | has listed is the same for its lists
//	decided N POINT/EXIT   the decisions that the N-th entry keeps, in order
//	mended                 faults that did not strike are taken back
//	owned                  no temporary file is without an entry
//	NAME again             the peer gets its file, or hears that it is there or not known
//	lose                   every temporary file is lost
//	crash                  the server dies and another one starts on what it left
//	live [STATE BYTES ...] what is being transferred at this moment
//	idle                   no slot is taken and no session is open
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				p := &play{T: t, file: file, house: newHouse(t), peers: map[string]*peer{}}
				p.run(string(text))
			})
		})
	}
}

// play is one scenario being played.
type play struct {
	*testing.T
	file  string
	line  int
	house *testHouse
	peers map[string]*peer
}

func (p *play) failf(format string, args ...any) {
	p.Helper()
	p.Fatalf("%s:%d: %s", p.file, p.line, fmt.Sprintf(format, args...))
}

func (p *play) run(text string) {
	defer func() {
		for _, x := range p.peers {
			x.conn.Close()
		}
		synctest.Wait()
		p.house.stop()
	}()
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || i == 0 {
			continue
		}
		p.step(line)
		synctest.Wait()
	}
}

func (p *play) step(line string) {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if do, ok := steps[word]; ok {
		do(p, rest)
		return
	}
	p.peerStep(word, rest)
}

var steps = map[string]func(p *play, rest string){
	"wait": func(p *play, rest string) {
		d, err := time.ParseDuration(rest)
		if err != nil {
			p.failf("%v", err)
		}
		time.Sleep(d)
	},
	"set":      func(p *play, rest string) { p.house.set(p, rest) },
	"held":     func(p *play, rest string) { p.house.hold(p, rest) },
	"take":     func(p *play, rest string) { p.house.take(p, rest) },
	"expel":    func(p *play, rest string) { p.house.registry.Expel(rest, "root") },
	"file":     func(p *play, rest string) { p.house.file(p, rest) },
	"entries":  func(p *play, rest string) { p.house.entries(p, rest) },
	"entry":    func(p *play, rest string) { p.house.entry(p, rest) },
	"files":    func(p *play, rest string) { p.house.files(p, rest) },
	"content":  func(p *play, rest string) { p.house.content(p, rest) },
	"refused":  func(p *play, rest string) { p.house.refused(p, rest) },
	"operator": func(p *play, rest string) { p.house.operator(p, rest, false) },
	"fails":    func(p *play, rest string) { p.house.operator(p, rest, true) },
	"drain":    func(p *play, rest string) { p.house.registry.Drain(rest == "now") },
	"fault":    func(p *play, rest string) { p.house.fault(p, rest) },
	"disk":     func(p *play, rest string) { p.house.disk(p, rest) },
	"mended":   func(p *play, _ string) { p.house.mend() },
	"decided":  func(p *play, rest string) { p.house.decided(p, rest) },
	"owned":    func(p *play, _ string) { p.house.owned(p) },
	"lose":     func(p *play, _ string) { p.house.lose(p) },
	"crash":    func(p *play, _ string) { p.house.crash(p) },
	"idle":     func(p *play, _ string) { p.house.idle(p) },
	"live":     func(p *play, rest string) { p.house.live(p, rest) },
}

func (p *play) peerStep(name, rest string) {
	verb, arg, _ := strings.Cut(rest, " ")
	if verb == "call" {
		p.peers[name] = p.house.call(p)
		return
	}
	x := p.peers[name]
	if x == nil {
		p.failf("nobody is called %q, and there is no such step", name)
	}
	switch verb {
	case ">":
		x.send(arg + "\n")
	case ">>":
		x.send(p.unquote(arg))
	case "<":
		p.expectLine(x, arg)
	case "<<":
		want := p.unquote(arg)
		if got := x.take(len(want)); got != want {
			p.failf("%s got the bytes %q, want %q", name, got, want)
		}
	case "again":
		p.again(x)
	case "silent":
		if got := x.take(1 << 20); got != "" {
			p.failf("%s got %q", name, got)
		}
	case "closed":
		if got := x.take(1 << 20); got != "" || !x.closed() {
			p.failf("%s got %q and is closed: %t", name, got, x.closed())
		}
	case "hangs":
		x.conn.Close()
	default:
		p.failf("no such step: %s", rest)
	}
}

func (p *play) expectLine(x *peer, pattern string) {
	p.Helper()
	got, ok := x.takeLine()
	if !ok {
		p.failf("got nothing, want %s (closed: %t)", pattern, x.closed())
	}
	if !matches(pattern, got) {
		p.failf("got  %s\nwant %s", got, pattern)
	}
}

func (p *play) unquote(s string) string {
	out, err := strconv.Unquote(s)
	if err != nil {
		p.failf("unquote %s: %v", s, err)
	}
	return out
}

// matches compares with * for anything.
func matches(pattern, s string) bool {
	expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
	return regexp.MustCompile("^" + expr + "$").MatchString(s)
}
