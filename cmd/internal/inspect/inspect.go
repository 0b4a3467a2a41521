// Package inspect compares the catalog with the files it speaks of, while no server runs, and puts right what can be
// put right without losing anything. It salvages a damaged catalog as well.
//
// It is not for a running server: the caller holds the data folder's lock. It never touches a file that has its last
// name.
//
// The main calls are [Run] and [Salvage].
package inspect

import (
	"context"
	"fmt"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/sdk"
)

// What a finding is about.
const (
	Database       = "database"        // the catalog itself is damaged
	BackendUnknown = "backend.unknown" // an entry names a backend that the configuration does not have
	PartMissing    = "part.missing"    // what was received of an unfinished file is gone
	PartShort      = "part.short"      // it has fewer bytes than were durable
	PartOrphan     = "part.orphan"     // a temporary file that belongs to no unfinished transfer
	FileMissing    = "file.missing"    // a received or offered file is gone
	FileSize       = "file.size"       // a received file has another size than the catalog says
	FileDigest     = "file.digest"     // a received file has another SHA-256 than the catalog says
)

// Finding is one thing that does not agree.
type Finding struct {
	Kind     string `json:"kind"`
	ID       string `json:"id,omitempty"` // of the entry
	Backend  string `json:"backend,omitempty"`
	Path     string `json:"path,omitempty"`
	What     string `json:"what"`
	Repaired string `json:"repaired,omitempty"` // what was done about it
}

// Catalog is what an inspection needs of the catalog.
type Catalog interface {
	catalog.Reader
	catalog.Granter
	catalog.Progress
	Check(ctx context.Context) (sqlite.Report, error)
}

// Options of an inspection.
type Options struct {
	Catalog Catalog
	// Backends holds every backend whose files outlive a server.
	Backends map[string]sdk.Backend
	// Passing names backends whose files do not: nothing is expected of them.
	Passing []string
	Digest  bool // read every received file and compare its SHA-256
	GoneOK  bool // a received file may have been taken away
	Repair  bool
	Now     func() time.Time
}

// Actor is who an inspection's repairs are done by, in the catalog.
const Actor = "catalog check"

// orphanAge is how old an orphaned temporary file is before it is removed.
const orphanAge = 24 * time.Hour

// Summary counts what was looked at and what was found.
type Summary struct {
	Entries  int `json:"entries"`
	Parts    int `json:"parts"`
	Findings int `json:"findings"`
	Repaired int `json:"repaired"`
}

// Run inspects everything and reports each finding as it is made. The error is about the inspecting.
func Run(ctx context.Context, o Options, report func(Finding) error) (Summary, error) {
	r := &round{Options: o, report: report}
	for _, step := range []func(context.Context) error{r.database, r.listParts, r.newest, r.entries, r.orphans} {
		if err := step(ctx); err != nil {
			return r.sum, fmt.Errorf("check the catalog: %w", err)
		}
	}
	return r.sum, nil
}

// round is one inspection.
type round struct {
	Options
	report func(Finding) error
	sum    Summary
	parts  map[place]sdk.Part
	last   map[place]string // the newest entry that a path was received for
}

// place is where something is in the backends: a path, or the id of a part's transfer.
type place struct{ backend, name string }

func (r *round) found(f Finding) error {
	r.sum.Findings++
	if f.Repaired != "" {
		r.sum.Repaired++
	}
	return r.report(f)
}

// database has the catalog check itself.
func (r *round) database(ctx context.Context) error {
	report, err := r.Catalog.Check(ctx)
	if err != nil {
		return err
	}
	for _, p := range report.Problems {
		if err := r.found(Finding{Kind: Database, What: p}); err != nil {
			return err
		}
	}
	return nil
}

// listParts finds every temporary file.
func (r *round) listParts(context.Context) error {
	r.parts = map[place]sdk.Part{}
	for name, b := range r.Backends {
		l, ok := sdk.As[sdk.Parts](b)
		if !ok {
			continue
		}
		parts, err := l.Parts()
		if err != nil {
			return fmt.Errorf("backend %s: %w", name, err)
		}
		for _, p := range parts {
			r.parts[place{name, p.ID}] = p
		}
		r.sum.Parts += len(parts)
	}
	return nil
}

// newest remembers which entry a path was last received for: a file that was replaced later is not missing.
func (r *round) newest(ctx context.Context) error {
	r.last = map[place]string{}
	for e, err := range r.Catalog.List(ctx, catalog.Filter{Direction: catalog.Receive}) {
		if err != nil {
			return err
		}
		if finished(e) {
			r.last[place{e.Backend, e.Path}] = e.ID
		}
	}
	return nil
}

func finished(e catalog.Entry) bool {
	return e.Kind == catalog.File && e.Direction == catalog.Receive && e.Stage != catalog.StageTransfer && e.Stage != catalog.StageBefore
}
