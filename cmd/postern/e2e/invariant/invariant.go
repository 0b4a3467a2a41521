// Package invariant holds what must be true of a server after any fault. Every fault test uses it and no other checks:
//
//   - what was acknowledged is there, and identical
//   - no file has its final name without a transfer that was completed
//   - a restart never begins beyond what is durable and never sends more than the unacknowledged part again
//   - limits return to zero
//   - the catalog agrees with the files
//   - no descriptor and no goroutine is left over
//
// The main calls are [Server.Check], [Server.Idle] and [Course.Check].
package invariant

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Server is one server's folder, and how to run the verbs.
type Server struct {
	Postern string // the program
	Config  string // its configuration
	Files   string // the root of its backend
}

// Entry is what the catalog says of a transfer.
type Entry struct {
	ID        string `json:"id"`
	Direction string `json:"direction"`
	Status    string `json:"status"`
	File      string `json:"file"`
	Label     string `json:"label"`
	Bytes     int64  `json:"bytes"`
	Path      string `json:"path"`
	SHA256    string `json:"sha256"`
	Code      string `json:"code"`
	Reason    string `json:"reason"`
	Attempts  int    `json:"attempts"`
	Point     int64  `json:"restart_point"`
	Offset    int64  `json:"restart_offset"`
	Successor string `json:"superseded_by"`
}

// Name is the label of what was received, and the name of what was offered.
func (e Entry) Name() string {
	if e.Direction == "send" {
		return e.File
	}
	return e.Label
}

// Verb runs a verb of the program.
func (s Server) Verb(args ...string) (out, errs string, status int, err error) {
	var o, e bytes.Buffer
	cmd := exec.Command(s.Postern, append(args, "--config", s.Config)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Dir(s.Config), &o, &e
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	if err != nil {
		return "", "", -1, err
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode(), nil
}

func (s Server) read(into any, args ...string) error {
	out, errs, status, err := s.Verb(append(args, "-o", "json")...)
	if err == nil {
		err = json.Unmarshal([]byte(out), into)
	}
	if err != nil {
		return fmt.Errorf("postern %s (status %d): %w\n%s%s", strings.Join(args, " "), status, err, out, errs)
	}
	return nil
}

// Entries are those of the running server.
func (s Server) Entries() (out []Entry, err error) {
	err = s.read(&out, "catalog", "list")
	return out, err
}

// Idle waits until the running server has given every slot back.
func (s Server) Idle(within time.Duration) error {
	var st struct{ Sessions, Transfers struct{ Used int } }
	for deadline := time.Now().Add(within); ; <-time.After(20 * time.Millisecond) {
		if err := s.read(&st, "status"); err != nil {
			return err
		}
		if st.Sessions.Used == 0 && st.Transfers.Used == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("limits do not return to zero: %d sessions and %d transfers have a slot", st.Sessions.Used, st.Transfers.Used)
		}
	}
}

// Acknowledged is a file that somebody was told is safe.
type Acknowledged struct {
	Name   string // label of what was given, name of what was offered or fetched
	Stored []byte // what the backend must hold
	Done   bool   // the transfer has ended; else it was offered only
}

// Check compares a running server's catalog with its files and with what was acknowledged.
func (s Server) Check(acknowledged []Acknowledged) (faults []error) {
	entries, err := s.Entries()
	if err != nil {
		return []error{err}
	}
	byName, byPath := map[string][]Entry{}, map[string]Entry{}
	for _, e := range entries {
		byName[e.Name()] = append(byName[e.Name()], e)
		byPath[e.Path] = e
	}
	for _, a := range acknowledged {
		if err := s.there(a, byName[a.Name]); err != nil {
			faults = append(faults, err)
		}
	}
	files, err := s.finals()
	if err != nil {
		return append(faults, err)
	}
	for _, f := range files {
		e, known := byPath[f]
		if !known || e.Direction == "receive" && e.Status != "done" && e.Status != "processing" {
			faults = append(faults, fmt.Errorf("file %s has its final name, its entry is %q", f, e.Status))
		}
	}
	return faults
}

// there looks for a file that was acknowledged among the entries with its name. A requester that never heard the
// grant may have begun anew: then an older entry is there that was superseded.
func (s Server) there(a Acknowledged, entries []Entry) error {
	sum := sha256.Sum256(a.Stored)
	for _, e := range entries {
		ended := e.Status == "done" || e.Status == "processing"
		if a.Done && !ended {
			continue
		}
		if ended && e.SHA256 != hex.EncodeToString(sum[:]) {
			return fmt.Errorf("acknowledged: %s is in the catalog with digest %s; %x is right", a.Name, e.SHA256, sum)
		}
		b, err := os.ReadFile(filepath.Join(s.Files, filepath.FromSlash(e.Path)))
		if err != nil {
			return fmt.Errorf("acknowledged: %w", err)
		}
		if !bytes.Equal(b, a.Stored) {
			return fmt.Errorf("acknowledged: %s differs from what was sent: %d bytes, %d sent", e.Path, len(b), len(a.Stored))
		}
		return nil
	}
	return fmt.Errorf("acknowledged: %s is not there: %+v", a.Name, entries)
}

// finals are the files of the backend that have their last name.
func (s Server) finals() (out []string, err error) {
	err = filepath.WalkDir(s.Files, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".postern-") {
			rel, _ := filepath.Rel(s.Files, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	return out, err
}

// Agree has 'catalog check' compare a stopped server's catalog with its files, digests too. orphans counts temporary files
// without an entry: a kill came between the two, nobody was told anything, and a sweep removes them after a day.
func (s Server) Agree() (orphans int, faults []error) {
	out, errs, status, err := s.Verb("catalog", "check", "--digest", "-o", "json")
	if err != nil {
		return 0, []error{err}
	}
	var found struct {
		Findings []struct{ Kind, Path, What string }
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return 0, []error{fmt.Errorf("catalog check (status %d): %w\n%s%s", status, err, out, errs)}
	}
	for _, f := range found.Findings {
		if f.Kind == "part.orphan" {
			orphans++
			continue
		}
		faults = append(faults, fmt.Errorf("catalog check finds %s %s: %s", f.Kind, f.Path, f.What))
	}
	return orphans, faults
}

// Descriptors counts the open files of a process; 0 where the system does not tell.
func Descriptors(pid int) int {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	return len(fds)
}

// Goroutines counts those that a Go program printed when SIGQUIT ended it, but for the workers of the garbage collector:
// the first collection makes one for each processor.
func Goroutines(stderr string) int {
	return strings.Count(stderr, "\ngoroutine ") - strings.Count(stderr, " [GC worker")
}
