package power

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/postern/postern/cmd/internal/inspect"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/plugins/backend/local"
	"github.com/postern/postern/sdk"
)

// verdict compares what was promised before a crash with what is there after the recovery.
type verdict struct {
	*court
	at      int
	backend *local.Backend
	entries map[string]catalog.Entry // by label, and offers by id
	names   map[string]bool          // paths that an entry accounts for
}

func (v *verdict) all(ctx context.Context, c inspect.Catalog) error {
	v.names = map[string]bool{}
	for e, err := range c.List(ctx, catalog.Filter{}) {
		if err != nil {
			return fmt.Errorf("the catalog cannot be read: %w", err)
		}
		v.entries[e.ID] = e
		if e.Label != "" {
			v.entries[e.Label] = e
		}
		if err := v.entry(e); err != nil {
			return fmt.Errorf("entry %s of %s (%s): %w", e.ID, e.Label, e.Status(), err)
		}
	}
	for _, p := range v.promises {
		if p.at >= v.at {
			continue
		}
		if err := v.promise(p); err != nil {
			return fmt.Errorf("%s, promised at %d: %w", p.about, p.at, err)
		}
	}
	if err := v.folder(""); err != nil {
		return err
	}
	return v.check(ctx, c)
}

// entry compares an entry with its file.
func (v *verdict) entry(e catalog.Entry) error {
	switch {
	case e.Status() == catalog.Running:
		return fmt.Errorf("it still runs")
	case e.Direction == catalog.Send:
		v.names[e.Path] = true
		return v.holds(e.Path, v.offer[e.ID])
	case e.Status() == catalog.Done:
		v.names[e.Path] = true
		return v.received(e)
	case e.Point.FileOffset > 0:
		return v.part(e)
	}
	return nil
}

// received looks at a file whose entry says that it is whole.
func (v *verdict) received(e catalog.Entry) error {
	f := v.files[e.Label]
	if f.Flow == "REPLACE" {
		return v.replaced(e)
	}
	return v.holds(e.Path, f.Content)
}

// replaced looks at a name that several transfers give: it holds what one of them brought, and not an earlier one than
// the last that ended.
func (v *verdict) replaced(e catalog.Entry) error {
	got, err := v.read(e.Path)
	if err != nil {
		return err
	}
	for _, f := range v.files {
		if f.Flow == "REPLACE" && f.Number >= v.files[e.Label].Number && bytes.Equal(f.Content, got) {
			return nil
		}
	}
	return fmt.Errorf("%s holds %d bytes of nobody, or of an earlier file", e.Path, len(got))
}

// holds compares a file's content. One of an offer that nobody was told of may be any.
func (v *verdict) holds(name string, want []byte) error {
	got, err := v.read(name)
	if err != nil {
		return err
	}
	if want != nil && !bytes.Equal(got, want) {
		return fmt.Errorf("%s is not what was sent: %d bytes, %d were sent", name, len(got), len(want))
	}
	return nil
}

func (v *verdict) read(name string) ([]byte, error) {
	r, err := v.backend.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	return io.ReadAll(io.NewSectionReader(r, 0, r.Info().Size))
}

// part restarts an interrupted transfer: all that lies before its sync point is there.
func (v *verdict) part(e catalog.Entry) error {
	w, err := v.backend.Resume(sdk.Target{ID: e.ID, Path: e.Path, OnExists: e.OnExists, Size: -1}, e.Point.Backend)
	if err != nil {
		return fmt.Errorf("it cannot be restarted at point %d: %w", e.Point.Number, err)
	}
	defer w.Close()
	got := make([]byte, e.Point.FileOffset)
	if _, err := w.(sdk.PartReader).ReadAt(got, 0); err != nil {
		return fmt.Errorf("point %d at %d is beyond what is there: %w", e.Point.Number, e.Point.FileOffset, err)
	}
	if !bytes.Equal(got, v.files[e.Label].Content[:len(got)]) {
		return fmt.Errorf("what lies before point %d is not what was sent", e.Point.Number)
	}
	return nil
}

// promise holds an entry to what was said.
func (v *verdict) promise(p promise) error {
	e, ok := v.entries[p.about]
	switch p.what {
	case isEnded:
		if !ok || e.Status() != catalog.Done {
			return fmt.Errorf("its end was acknowledged, and it is %q", e.Status())
		}
	case isOffered:
		if !ok || e.Status() != catalog.Available {
			return fmt.Errorf("its offer was acknowledged, and it is %q", e.Status())
		}
	case isSynced:
		if v.files[p.about].Flow == "CLOSE" {
			return nil // its points are not promised
		}
		if !ok || e.Status() != catalog.Done && e.Point.Number < int64(p.point) {
			return fmt.Errorf("point %d was acknowledged, and it is %q at point %d", p.point, e.Status(), e.Point.Number)
		}
	}
	return nil
}

// folder looks for names that nobody accounts for.
func (v *verdict) folder(dir string) error {
	all, err := v.backend.List(dir)
	if err != nil {
		return err
	}
	for _, f := range all {
		switch {
		case f.Dir:
			err = v.folder(f.Path)
		case v.names[f.Path]:
		default:
			err = fmt.Errorf("%s has its name, and no entry says that it was received or offered", f.Path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check runs `postern catalog check`. A part that belongs to nobody may stay: it is swept when it is a day old.
func (v *verdict) check(ctx context.Context, c inspect.Catalog) error {
	_, err := inspect.Run(ctx, inspect.Options{Catalog: c, Backends: map[string]sdk.Backend{"files": v.backend}, Digest: true},
		func(f inspect.Finding) error {
			if f.Kind == inspect.PartOrphan {
				return nil
			}
			return fmt.Errorf("%s: %s: %s", f.Kind, f.Path, f.What)
		})
	return err
}
