package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// try runs a verb and tells its exit status.
func (s *server) try(args ...string) (out, errs string, status int) {
	s.Helper()
	var o, e bytes.Buffer
	cmd := s.command(args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// verb runs a verb that must succeed.
func (s *server) verb(args ...string) string {
	s.Helper()
	out, errs, status := s.try(args...)
	if status != 0 {
		s.Fatalf("postern %s ends with status %d: %s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// read runs a verb and reads what it prints.
func (s *server) read(into any, args ...string) {
	s.Helper()
	out := s.verb(append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.Fatalf("postern %s prints no JSON: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// entry is what the catalog tells of a transfer.
type entry struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Direction string    `json:"direction"`
	Partner   string    `json:"partner"`
	Flow      string    `json:"flow"`
	Stage     string    `json:"stage"`
	Step      string    `json:"step"`
	Status    string    `json:"status"`
	Code      string    `json:"code"`
	File      string    `json:"file"`
	Label     string    `json:"label"`
	Bytes     int64     `json:"bytes"`
	Records   int64     `json:"records"`
	Point     int       `json:"restart_point"`
	Offset    int64     `json:"restart_offset"`
	Attempts  int       `json:"attempts"`
	Path      string    `json:"path"`
	SHA256    string    `json:"sha256"`
	Number    int       `json:"number"`
	PeerID    string    `json:"peer_id"`
	Ack       string    `json:"ack"`
	Text      string    `json:"text"`
	Successor string    `json:"superseded_by"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *server) entries(args ...string) []entry {
	s.Helper()
	var out []entry
	s.read(&out, append([]string{"catalog", "list"}, args...)...)
	return out
}

// entry is the only entry there is.
func (s *server) entry() entry {
	s.Helper()
	all := s.entries()
	if len(all) != 1 {
		s.Fatalf("%d entries, one is right: %+v", len(all), all)
	}
	return all[0]
}

type refusal struct {
	Phase string `json:"phase"`
	Code  string `json:"code"`
	Count int    `json:"count"`
	Peer  string `json:"peer"`
}

// refusals counts the refusals by their code.
func (s *server) refusals() map[string]int {
	s.Helper()
	var all []refusal
	s.read(&all, "refusals", "list", "--limit", "0")
	out := map[string]int{}
	for _, r := range all {
		out[r.Code] += max(r.Count, 1)
	}
	return out
}

type status struct {
	Sessions  struct{ Used, Limit int }
	Transfers struct{ Used, Limit int }
}

func (s *server) status() status {
	s.Helper()
	var out status
	s.read(&out, "status")
	return out
}

// idle waits until no session and no transfer has a slot.
func (s *server) idle() {
	s.Helper()
	s.eventually("every slot is given back", func() bool {
		st := s.status()
		return st.Sessions.Used == 0 && st.Transfers.Used == 0
	})
}

// eventually waits until something is so.
func (s *server) eventually(what string, so func() bool) {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 20 * 50 {
		if so() {
			return
		}
		<-tick.C
	}
	s.Fatalf("it does not happen that %s", what)
}
