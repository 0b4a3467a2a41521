package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/count"
	"github.com/postern/postern/sdk"
)

// orphans looks for temporary files that belong to no unfinished transfer.
func (r *round) orphans(ctx context.Context) error {
	places := slices.SortedFunc(maps.Keys(r.parts), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.backend, b.backend), cmp.Compare(a.name, b.name))
	})
	for _, at := range places {
		owned, err := r.owned(ctx, at)
		if err != nil {
			return err
		}
		if owned {
			continue
		}
		if err := r.orphan(at, r.parts[at]); err != nil {
			return err
		}
	}
	return nil
}

// owned reports whether an unfinished receive has the part: of this backend, or of one that stands on it and keeps its
// temporary files here.
func (r *round) owned(ctx context.Context, at place) (bool, error) {
	e, err := r.Catalog.Get(ctx, at.name)
	switch {
	case errors.Is(err, catalog.ErrNotFound), errors.Is(err, catalog.ErrAmbiguous):
		return false, nil
	case err != nil:
		return false, err
	}
	return e.ID == at.name && e.Direction == catalog.Receive && e.Stage == catalog.StageTransfer, nil
}

func (r *round) orphan(at place, p sdk.Part) error {
	f := Finding{Kind: PartOrphan, Backend: at.backend, Path: p.Path,
		What: fmt.Sprintf("a temporary file of %s belongs to no unfinished transfer", count.Of(p.Size, "byte"))}
	if !r.Repair {
		return r.found(f)
	}
	remover, ok := sdk.As[sdk.PartRemover](r.Backends[at.backend])
	switch {
	case !ok:
		f.What += "; its backend cannot remove it"
	case r.Now().Sub(p.Modified) < orphanAge:
		f.What += "; it is younger than a day and stays"
	default:
		t := sdk.Target{ID: p.ID, Path: path.Join(path.Dir(p.Path), p.ID)}
		if err := remover.RemovePart(t, nil); err != nil {
			return fmt.Errorf("remove %s of backend %s: %w", p.Path, at.backend, err)
		}
		f.Repaired = "removed"
	}
	return r.found(f)
}
