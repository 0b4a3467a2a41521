package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/postern/postern/core/count"
	"github.com/postern/postern/core/requester"
	"github.com/postern/postern/sdk"
)

// transferred is what became of one file, as JSON has it.
type transferred struct {
	ID           string   `json:"id,omitempty"` // of the restart context
	File         string   `json:"file"`
	Label        string   `json:"label,omitempty"`
	Path         string   `json:"path"`
	Bytes        int64    `json:"bytes"`
	Records      int64    `json:"records"`
	SHA256       string   `json:"sha256"`
	Status       string   `json:"status"` // done, refused, failed, interrupted
	Code         sdk.Code `json:"code,omitempty"`
	Diagnostic   string   `json:"diagnostic,omitempty"` // the other side's own word
	RestartPoint int64    `json:"restart_point"`        // interrupted: where it can go on; else where it went on from
	Seconds      float64  `json:"seconds"`
	Already      bool     `json:"already,omitempty"` // the server had it from an earlier attempt
	Error        string   `json:"error,omitempty"`
}

// report gathers what a call did.
type report struct {
	Results    []transferred `json:"results"`
	Reply      *string       `json:"reply,omitempty"`
	Error      string        `json:"error,omitempty"` // of the call itself
	Code       sdk.Code      `json:"code,omitempty"`
	Diagnostic string        `json:"diagnostic,omitempty"`

	verb     string
	pending  string // the context of a restart that has not ended
	state    string // --state, for the advice
	status   int
	messages []error
}

// newReport begins the report of a verb.
func newReport(verb string, r *remote) *report {
	p := &report{verb: verb}
	if r.state != "" {
		p.state = " --state " + r.state
	}
	return p
}

// add notes a file.
func (p *report) add(r requester.Result, err error) transferred {
	t := transferred{ID: r.Context, File: r.File, Label: r.Label, Path: r.Path, Bytes: r.Bytes, Records: r.Records, SHA256: r.SHA256,
		RestartPoint: r.Restart, Seconds: r.Duration.Seconds(), Already: r.Already, Status: "done"}
	var cut *requester.Interrupted
	if err != nil {
		status := p.judge(err)
		t.Status = map[int]string{statusInterrupted: "interrupted", statusRefused: "refused"}[status]
		if t.Status == "" {
			t.Status = "failed"
		}
		if refusal, ok := sdk.AsRefusal(err); ok {
			t.Code, t.Diagnostic = refusal.Code, refusal.Diagnostic
		}
		t.SHA256, t.Error = "", err.Error()
		if errors.As(err, &cut) {
			t.RestartPoint = cut.Point
		}
		p.worst(status)
		p.messages = append(p.messages, p.advice(t, err))
	}
	p.Results = append(p.Results, t)
	return t
}

// advice says what went wrong with a file, and what can be done.
func (p *report) advice(t transferred, err error) error {
	name := t.Path
	if name == "" {
		name = t.File
	}
	name = safe(name) // the other side may have chosen it, and several lines are printed as lines
	var cut *requester.Interrupted
	switch {
	case errors.As(err, &cut):
		return fmt.Errorf("%s: %w\ngo on with 'postern %s --restart %s%s'", name, err, p.verb, cut.Context, p.state)
	case sdk.CodeOf(err) == sdk.RestartUnknown && t.ID != "":
		return fmt.Errorf("%s: %w\nthe other side cannot go on with it: %s it anew without --restart, and drop the context with 'postern %s --forget %s%s'",
			name, err, p.verb, p.verb, t.ID, p.state)
	}
	if r, ok := sdk.AsRefusal(err); ok && !r.ByPeer && r.Code == sdk.FileExists {
		return fmt.Errorf("%s: %w\n--out names another file, --on-exists replace or unique says what to do with this one", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// judge gives the exit status of one error.
func (p *report) judge(err error) int {
	var cut *requester.Interrupted
	var chosen *exitError
	r, refused := sdk.AsRefusal(err)
	switch {
	case errors.As(err, &cut):
		return statusInterrupted
	case errors.As(err, &chosen):
		return chosen.status
	case refused && r.ByPeer:
		return statusRefused
	}
	return statusFailed
}

// worst keeps the status that matters most: what can be restarted, then what was refused, then what failed.
func (p *report) worst(status int) {
	rank := map[int]int{statusDone: 0, statusFailed: 1, statusRefused: 2, statusUsage: 3, statusInterrupted: 4}
	if rank[status] > rank[p.status] {
		p.status = status
	}
}

// call notes an error of the call itself. A transfer that was to be restarted is still interrupted then.
func (p *report) call(err error) {
	if err == nil {
		return
	}
	status := p.judge(err)
	if p.pending != "" && status != statusUsage {
		status = statusInterrupted
		err = fmt.Errorf("%w\nthe transfer is still interrupted: go on with 'postern %s --restart %s%s'", err, p.verb, p.pending, p.state)
	}
	p.Error = err.Error()
	if r, ok := sdk.AsRefusal(err); ok {
		p.Code, p.Diagnostic = r.Code, r.Diagnostic
	}
	p.worst(status)
	p.messages = append(p.messages, err)
}

// end prints the report where JSON is wanted, and gives the error that the verb ends with.
func (a *app) endReport(p *report) error {
	if a.json() {
		if p.Results == nil {
			p.Results = []transferred{}
		}
		if err := a.printJSON(p); err != nil {
			return err
		}
	}
	if p.status == statusDone {
		return nil
	}
	return exit(p.status, errors.Join(p.messages...))
}

// printTransfer prints one line for a file that arrived.
func (a *app) printTransfer(t transferred) error {
	if a.json() || t.Status != "done" {
		return nil
	}
	took := time.Duration(t.Seconds * float64(time.Second)).Round(time.Millisecond)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s in %s", nearby(t.Path), count.Of(t.Bytes, "byte"), took)
	if t.Seconds > 0 && !t.Already {
		fmt.Fprintf(&b, ", %s", rateOf(float64(t.Bytes)/t.Seconds))
	}
	if t.SHA256 != "" {
		fmt.Fprintf(&b, ", sha256 %.16s", t.SHA256)
	}
	switch {
	case t.Already:
		b.WriteString(", was there already")
	case t.RestartPoint > 0:
		fmt.Fprintf(&b, ", from sync point %d", t.RestartPoint)
	}
	return a.print(safe(b.String()) + "\n")
}
