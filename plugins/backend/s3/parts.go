package s3

import (
	"cmp"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// Parts lists the transfers that have something temporary in the store. A part's size is that of all that is kept for it.
func (b *Backend) Parts() ([]sdk.Part, error) {
	ctx, cancel := b.within(0)
	defer cancel()
	found := map[string]*sdk.Part{}
	for o := range b.core.Client.ListObjectsIter(ctx, b.settings.Bucket, minio.ListObjectsOptions{Prefix: b.prefix + hidden, Recursive: true}) {
		if o.Err != nil {
			return nil, refused("list the temporary objects", o.Err)
		}
		id, name, ok := strings.Cut(strings.TrimPrefix(o.Key, b.prefix+hidden), "/")
		if !ok || sdk.CheckID(id) != nil {
			continue
		}
		p := found[id]
		if p == nil {
			p = &sdk.Part{ID: id, Path: hidden + id + "/" + name}
			found[id] = p
		}
		if o.LastModified.After(p.Modified) {
			p.Modified = o.LastModified
		}
		if name != nameBegun {
			p.Size += o.Size
			continue
		}
		p.Path = hidden + id + "/" + name
		size, err := b.uploadSize(id)
		if err != nil {
			return nil, refused("list the parts of transfer "+id, err)
		}
		p.Size += size
	}
	list := make([]sdk.Part, 0, len(found))
	for _, p := range found {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b sdk.Part) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// uploadSize counts the bytes of a transfer's parts.
func (b *Backend) uploadSize(id string) (int64, error) {
	known, err := b.readBegun(id)
	if err != nil || known == nil {
		return 0, err
	}
	parts, err := b.listParts(known, -1)
	if err != nil || len(parts) == 0 {
		return 0, err
	}
	return parts[len(parts)-1].end, nil
}

// RemovePart removes what is temporary of a transfer that no writer has. The target's path and the state are not needed.
func (b *Backend) RemovePart(t sdk.Target, _ []byte) error {
	if err := sdk.CheckID(t.ID); err != nil {
		return err
	}
	if !b.take(t.ID) {
		return sdk.Refuse(sdk.FileBusy, "the temporary file is in use")
	}
	defer b.giveBack(t.ID)
	known, err := b.readBegun(t.ID)
	if err == nil {
		err = b.removeHidden(t.ID, known)
	}
	return failed("remove the temporary file", err)
}

// The abilities that Go cannot see where they are asked for.
var (
	_ sdk.Statter     = (*Backend)(nil)
	_ sdk.Lister      = (*Backend)(nil)
	_ sdk.Renamer     = (*Backend)(nil)
	_ sdk.Remover     = (*Backend)(nil)
	_ sdk.Prober      = (*Backend)(nil)
	_ sdk.Parts       = (*Backend)(nil)
	_ sdk.PartRemover = (*Backend)(nil)
	_ sdk.PartReader  = (*writer)(nil)
	_ sdk.Stateful    = (*writer)(nil)
	_ sdk.Quarantiner = (*writer)(nil)
	_ sdk.PointWriter = (*writer)(nil)
)
