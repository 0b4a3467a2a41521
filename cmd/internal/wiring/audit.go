package wiring

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/chain"
	"github.com/postern/postern/sdk"
)

// openAudit opens the audit log, where there is to be one.
func (s *Server) openAudit(c *config.Loaded) (err error) {
	if !c.Audit.Enabled {
		s.options.Log.Warn("there is no audit log: audit.enabled is false")
		return nil
	}
	s.audit, err = audit.Open(audit.Options{Settings: auditOf(&c.Config), Dir: c.AuditDir(), Log: s.options.Log, Now: time.Now})
	return err
}

func auditOf(c *config.Config) audit.Settings {
	return audit.Settings{MaxSize: c.Audit.MaxSize.Bytes(), MaxAge: c.Audit.MaxAge.Std(), Sync: c.Audit.Sync.Std(), Keep: c.Audit.Keep.Std()}
}

// note writes what no observation tells into the audit log.
func (s *Server) note(r audit.Record) {
	if s.audit != nil {
		s.audit.Add(r)
	}
}

// noteStart tells which server this is, and whether the one before ended without a word.
func (s *Server) noteStart() {
	if s.audit == nil {
		return
	}
	at := s.Addresses()
	var listening []string
	for _, name := range slices.Sorted(maps.Keys(at)) {
		listening = append(listening, name+"="+at[name])
	}
	detail := fmt.Sprintf("process %d of uid %d, configuration %s, %s", os.Getpid(), os.Getuid(), s.options.Config.Path, strings.Join(listening, " "))
	if s.audit.Crashed() {
		detail += "; the server before this one ended without a word"
	}
	s.note(audit.Record{Event: audit.Started, Detail: detail})
}

// noteReload tells what a reload changed, or why it did not.
func (s *Server) noteReload(changed []string, err error) {
	r := audit.Record{Event: audit.Reloaded, Changes: changed}
	if err != nil {
		r.Failure = err.Error()
	}
	s.note(r)
}

// noteSettled tells what became of a transfer that was running when the server before ended.
func (s *Server) noteSettled(e catalog.Entry) {
	r := audit.Record{Event: audit.Interrupted, Transfer: e.ID, Partner: e.Partner, Flow: e.Flow, File: e.File, Path: e.Path,
		Direction: string(e.Direction), Session: e.Session, Code: string(e.Code), Reason: e.Reason, SyncPoint: e.Point.Number, Bytes: e.Bytes}
	if e.Status() == catalog.Done || e.Status() == catalog.Processing {
		r.Event, r.SHA256 = audit.Ended, e.SHA256
	}
	s.note(r)
}

// guarded puts the guard of the audit log in front of a chain's exits, where calls are to wait for the log.
func (s *Server) guarded(c chain.Config) chain.Config {
	c.Exits = append(c.Exits, chain.Link{Name: audit.GuardName, Exit: s.audit.Guard()})
	points := maps.Clone(c.Points)
	if points == nil {
		points = chain.Lists{}
	}
	for _, p := range audit.GuardPoints() {
		points[p] = append([]string{audit.GuardName}, points[p]...)
	}
	c.Points = points
	return c
}

// observers adds the audit log, and whom the options name, to who is told what happens.
func (s *Server) observers(more ...sdk.Observer) sdk.Observers {
	if s.options.Observer != nil {
		more = append(more, s.options.Observer)
	}
	if s.audit != nil {
		more = append(more, s.audit)
	}
	return more
}
