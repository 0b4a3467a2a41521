package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/postern/postern/cmd/postern/e2e/inject"
	"github.com/postern/postern/cmd/postern/e2e/invariant"
)

// job is one transfer that the real requester makes, attempt after attempt, until it has arrived.
type job struct {
	h        *house
	name     string
	flow     string // IN, CLOSE, FILTERED, OUT
	secure   bool
	data     []byte
	course   invariant.Course
	arrived  bool
	offered  bool // OUT: the offer was acknowledged
	begunNew int  // times it had to be begun anew
	timeout  string
	log      strings.Builder
}

func (h *house) job(name, flow string, secure bool, data []byte) *job {
	h.Helper()
	j := &job{h: h, name: name, flow: flow, secure: secure, data: data, timeout: "20s",
		course: invariant.Course{Name: name, Size: int64(len(data)), Interval: interval}}
	if flow == "CLOSE" {
		j.course.Interval = 0
	}
	h.write(name, data)
	return j
}

func (j *job) out() bool { return j.flow == "OUT" }

// stored is what the backend is to hold.
func (j *job) stored() []byte {
	if j.flow != "FILTERED" {
		return j.data
	}
	b := bytes.Clone(j.data)
	for i := range b {
		b[i] ^= 0x5a
	}
	return b
}

// offer puts the file of the job at our disposal.
func (j *job) offer() error {
	_, errs, status, err := j.h.Verb("offer", "--partner", "PARIS", "--flow", "OUT", "--name", j.name, filepath.Join(j.h.dir, j.name))
	if err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("offer: status %d: %s", status, errs)
	}
	j.offered = true
	return nil
}

func (j *job) state() string { return filepath.Join(j.h.dir, "state-"+j.name) }

func (j *job) fetched() string { return filepath.Join(j.h.dir, "got-"+j.name) }

// held reports whether there is a restart context.
func (j *job) held() bool {
	all, _ := filepath.Glob(filepath.Join(j.state(), "*.json"))
	return len(all) > 0
}

// command is the requester's next attempt.
func (j *job) command(restart bool) *exec.Cmd {
	verb, listener := "send", "plain"
	if j.out() {
		verb = "recv"
	}
	if j.secure {
		listener = "secure"
	}
	args := []string{verb, "--trace", "--interval", "32KiB", "--window", "4", "--to", j.h.cables[listener].Address(), "--password-env", "FAULT_PW",
		"--as", "PARIS", "--state", j.state(), "--timeout", j.timeout}
	if j.secure {
		args = append(args, "--tls", "--ca", filepath.Join(j.h.dir, "ca.pem"))
	}
	switch {
	case restart:
		args = append(args, "--restart", "last")
	case j.out():
		args = append(args, "--flow", "OUT", "--name", j.name, "--out", j.fetched())
	default:
		args = append(args, "--flow", j.flow, filepath.Join(j.h.dir, j.name))
	}
	cmd := exec.Command(postern, args...)
	cmd.Dir = j.h.dir
	cmd.Env = append(os.Environ(), "FAULT_PW=sesame", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// attempt goes on with the transfer, or begins it. An error is a broken promise; that it was interrupted is none.
func (j *job) attempt(judge inject.Judge) error {
	restart := j.held()
	if !restart && len(j.course.Attempts) > 0 {
		if j.there() {
			j.arrived = true
			return nil
		}
		j.begunNew++
		j.course.Attempts = nil
	}
	status, said, err := j.once(restart, judge)
	if err != nil {
		return err
	}
	fmt.Fprintf(&j.log, "--- restart %v, status %d\n%s", restart, status, said)
	j.course.Attempts = append(j.course.Attempts, invariant.ReadTrace(said))
	if faults := j.course.Check(); len(faults) > 0 {
		return fmt.Errorf("%w\n%s", errors.Join(faults...), j.log.String())
	}
	switch {
	case status == 0:
		j.arrived = true
	case status == 4, status == -1: // interrupted, or killed
	case restart && strings.Contains(said, "2-214"): // it died before the server let data flow
		if n := j.course.Acked(); n > 0 {
			return fmt.Errorf("%s: point %d was acknowledged, a restart is refused:\n%s", j.name, n, j.log.String())
		}
		if err := os.RemoveAll(j.state()); err != nil {
			return err
		}
	case j.held():
	case j.course.Acked() > 0:
		return fmt.Errorf("%s: point %d was acknowledged, nothing is left to restart:\n%s", j.name, j.course.Acked(), j.log.String())
	}
	return nil
}

// once runs the requester.
func (j *job) once(restart bool, judge inject.Judge) (status int, said string, err error) {
	cmd := j.command(restart)
	var errs text
	cmd.Stderr = &errs
	if judge == nil {
		err = cmd.Start()
	} else {
		var tap *inject.Tap
		if tap, err = inject.Start(cmd, judge); err == nil {
			defer tap.Close()
		}
	}
	if err != nil {
		return 0, "", err
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	if !late.Stop() {
		return 0, "", fmt.Errorf("%s: the requester does not end:\n%s", j.name, errs.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, "", err
	}
	return cmd.ProcessState.ExitCode(), errs.String(), nil
}

// there reports whether a requester that was killed had ended its transfer already: then it left no context.
func (j *job) there() bool {
	if j.out() {
		b, err := os.ReadFile(j.fetched())
		return err == nil && bytes.Equal(b, j.data)
	}
	entries, err := j.h.Entries()
	for _, e := range entries {
		if e.Name() == j.name && (e.Status == "done" || e.Status == "processing") {
			return true
		}
	}
	return err != nil
}

// together has every job that has not arrived make an attempt. Judges taps the one with that name.
func together(jobs []*job, judges map[string]inject.Judge) error {
	var group sync.WaitGroup
	faults := make([]error, len(jobs))
	for i, j := range jobs {
		if j.arrived {
			continue
		}
		group.Go(func() { faults[i] = j.attempt(judges[j.name]) })
	}
	group.Wait()
	return errors.Join(faults...)
}

// finish lets the jobs go on until all have arrived, and gives what was acknowledged by then.
func (h *house) finish(jobs []*job) (acknowledged []invariant.Acknowledged) {
	h.Helper()
	for range 8 {
		for _, j := range jobs {
			if j.out() && !j.offered && !j.arrived {
				if err := j.offerAgain(); err != nil {
					h.Error(err)
				}
			}
		}
		if err := together(jobs, nil); err != nil {
			h.Error(err)
		}
	}
	for _, j := range jobs {
		if !j.arrived {
			h.Errorf("%s does not arrive:\n%s", j.name, j.log.String())
			continue
		}
		if j.out() {
			if b, err := os.ReadFile(j.fetched()); err != nil || !bytes.Equal(b, j.data) {
				h.Errorf("%s was fetched with %d bytes of %d, other ones (%v):\n%s", j.name, len(b), len(j.data), err, j.log.String())
			}
		}
		acknowledged = append(acknowledged, invariant.Acknowledged{Name: j.name, Stored: j.stored(), Done: true})
	}
	return acknowledged
}

// offerAgain offers what was not acknowledged, unless it is there: the server may have died between the two.
func (j *job) offerAgain() error {
	entries, err := j.h.Entries()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == j.name && e.Direction == "send" {
			j.offered = true
			return nil
		}
	}
	return j.offer()
}
