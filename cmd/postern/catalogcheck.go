package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/postern/postern/cmd/internal/audit"
	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/cmd/internal/datadir"
	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/cmd/internal/wiring"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/sqlite"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

const checkLong = `Check compares the catalog with the files: that the database is whole, that what
was received of each unfinished file is there up to its last sync point, that
each received file is there with its size, and that no temporary file is left
over. It works while no server runs. Exit status 1 when a finding remains.

--repair makes interrupted transfers whose data is gone begin at byte 0 when they
are restarted, and removes left-over temporary files that are older than a day.
It never touches a file that was received whole.`

func newCatalogCheckCommand(app *app) *cobra.Command {
	var o inspect.Options
	cmd := &cobra.Command{Use: "check", Short: "Compare the catalog with the files, while no server runs", Long: checkLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.checkCatalog(cmd.Context(), o) }}
	f := cmd.Flags()
	f.BoolVar(&o.Digest, "digest", false, "read every received file and compare its SHA-256")
	f.BoolVar(&o.GoneOK, "gone-ok", false, "received files may have been taken away")
	f.BoolVar(&o.Repair, "repair", false, "put right what can be put right")
	return cmd
}

func (a *app) checkCatalog(ctx context.Context, o inspect.Options) (err error) {
	l, folder, err := a.lockData("catalog check")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	store, err := sqlite.Open(filepath.Join(l.DataDir, inspect.DatabaseName), sqlite.Options{CheckUpTo: -1})
	if errors.Is(err, catalog.ErrCorrupt) {
		return a.corrupt(err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	closeAll, err := fillBackends(&o, l)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	o.Catalog, o.Now = store, a.now
	p := &findings{app: a}
	if o.Repair {
		if p.note, err = openNote(l, "catalog check --repair"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.note.close()) }()
	}
	sum, err := inspect.Run(ctx, o, p.print)
	if err != nil {
		return err
	}
	p.note.add(audit.Record{Count: int64(sum.Repaired), Detail: fmt.Sprintf("%s, %d repaired", count.Of(sum.Findings, "finding"), sum.Repaired)})
	if err := p.end(sum); err != nil {
		return err
	}
	if sum.Findings > sum.Repaired {
		return exit(statusFailed, nil)
	}
	return nil
}

// lockData loads the configuration and takes the data folder for itself.
func (a *app) lockData(verb string) (*config.Loaded, *datadir.Folder, error) {
	l, err := a.load(nil)
	if err != nil {
		return nil, nil, err
	}
	if !anyOf(filepath.Join(l.DataDir, inspect.DatabaseName), filepath.Join(l.DataDir, inspect.MarkerName)) {
		return nil, nil, fmt.Errorf("there is no catalog in %s", nearby(l.DataDir))
	}
	folder, err := datadir.Open(l.DataDir, verb, a.now())
	if errors.Is(err, datadir.ErrHeld) {
		return nil, nil, fmt.Errorf("%w: stop it first", err)
	}
	if err == nil && folder.Tightened != 0 {
		a.warnf("the data folder %s had mode %04o and let others in; it has 0700 now", nearby(l.DataDir), folder.Tightened)
	}
	return l, folder, err
}

// anyOf reports whether one of the files is there, or cannot be looked at.
func anyOf(files ...string) bool {
	return slices.ContainsFunc(files, func(name string) bool {
		_, err := os.Stat(name)
		return !errors.Is(err, fs.ErrNotExist)
	})
}

// corrupt reports a catalog that cannot even be opened, as the only finding.
func (a *app) corrupt(err error) error {
	p := &findings{app: a}
	if perr := p.print(inspect.Finding{Kind: inspect.Database, What: err.Error()}); perr != nil {
		return perr
	}
	return errors.Join(p.end(inspect.Summary{Findings: 1}), exit(statusFailed, nil))
}

// fillBackends opens the backends whose files outlive a server.
func fillBackends(o *inspect.Options, l *config.Loaded) (closeAll func() error, err error) {
	var open []io.Closer
	closeAll = func() error {
		var errs []error
		for _, c := range open {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	o.Backends = map[string]sdk.Backend{}
	for name, b := range l.Backends {
		if b.Type != "local" {
			o.Passing = append(o.Passing, name)
			continue
		}
		opened, err := wiring.OpenFolder(b.Root)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("backend %s: %w", name, err), closeAll())
		}
		o.Backends[name], open = opened, append(open, opened)
	}
	return closeAll, nil
}

// findings prints what a check finds while it is found.
type findings struct {
	app   *app
	count int
	note  note // of what is repaired
}

func (p *findings) print(f inspect.Finding) error {
	p.count++
	if f.Repaired != "" {
		p.note.add(audit.Record{Transfer: f.ID, Path: f.Path, Reason: f.Kind + ": " + f.What, Detail: f.Repaired})
	}
	if !p.app.json() {
		return p.app.print(findingText(f))
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	lead := ",\n"
	if p.count == 1 {
		lead = "{\"findings\": [\n"
	}
	return p.app.print(lead + string(safeJSON(b)))
}

func findingText(f inspect.Finding) string {
	s := f.Kind
	if f.ID != "" {
		s += " " + f.ID
	}
	if f.Path != "" {
		s += " " + f.Backend + ":" + f.Path
	}
	s += ": " + f.What
	if f.Repaired != "" {
		s += " [" + f.Repaired + "]"
	}
	return safe(s) + "\n"
}

func (p *findings) end(sum inspect.Summary) error {
	if !p.app.json() {
		return p.app.printf("%s and %s checked: %s, %d repaired\n", count.Of(sum.Entries, "entry"), count.Of(sum.Parts, "temporary file"),
			count.Of(sum.Findings, "finding"), sum.Repaired)
	}
	b, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	lead := "\n]"
	if p.count == 0 {
		lead = "{\"findings\": []"
	}
	return p.app.print(lead + ", \"summary\": " + string(b) + "}\n")
}
