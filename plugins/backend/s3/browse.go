package s3

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// Stat describes a file, or a folder: a name that others begin with.
func (b *Backend) Stat(name string) (sdk.FileInfo, error) {
	if err := sdk.CheckPath(name); err != nil {
		return sdk.FileInfo{}, err
	}
	info, err := b.head(b.key(name))
	if err == nil {
		return describe(name, info), nil
	}
	if !missing(err) {
		return sdk.FileInfo{}, refused("stat", err)
	}
	folder, err := b.isFolder(name)
	if err != nil {
		return sdk.FileInfo{}, refused("stat", err)
	}
	if !folder {
		return sdk.FileInfo{}, sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	return sdk.FileInfo{Path: name, Dir: true}, nil
}

// List lists a folder, "" the root, by name. It leaves out what Open would refuse.
func (b *Backend) List(dir string) ([]sdk.FileInfo, error) {
	prefix := b.prefix
	if dir != "" {
		if err := sdk.CheckPath(dir); err != nil {
			return nil, err
		}
		prefix = b.key(dir) + "/"
	}
	ctx, cancel := b.within(0)
	defer cancel()
	var list []sdk.FileInfo
	any := dir == ""
	for o := range b.core.Client.ListObjectsIter(ctx, b.settings.Bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, refused("list", o.Err)
		}
		any = true
		name := strings.TrimPrefix(o.Key, b.prefix)
		last, folder := strings.CutSuffix(strings.TrimPrefix(o.Key, prefix), "/")
		if sdk.CheckElement(last) != nil {
			continue
		}
		if folder {
			list = append(list, sdk.FileInfo{Path: strings.TrimSuffix(name, "/"), Dir: true})
			continue
		}
		list = append(list, describe(name, o))
	}
	if !any {
		return nil, sdk.Refuse(sdk.FileMissing, "there is no such folder")
	}
	slices.SortFunc(list, func(a, b sdk.FileInfo) int { return cmp.Compare(a.Path, b.Path) })
	return list, nil
}

// Rename copies the object within the store and removes the old one. file.missing, file.exists.
func (b *Backend) Rename(from, to string) error {
	if err := errors.Join(sdk.CheckPath(from), sdk.CheckPath(to), b.checkLength(to)); err != nil {
		return err
	}
	info, err := b.head(b.key(from))
	if missing(err) {
		return sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	if err == nil {
		err = b.mayTake(to, sdk.ExistsFail)
	}
	if err != nil {
		return refused("rename", err)
	}
	err = b.copyKey(info, b.key(to), info.UserMetadata, true)
	if taken(err) || inTheWay(err) {
		return sdk.Refuse(sdk.FileExists, "the name is taken").Because(err)
	}
	if err != nil {
		return failed("copy the file to its new name", err)
	}
	ctx, cancel := b.within(0)
	defer cancel()
	return failed("remove the old name", b.removeKey(ctx, b.key(from)))
}

// Remove removes a file. It never removes a folder.
func (b *Backend) Remove(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	_, err := b.head(b.key(name))
	if missing(err) {
		return sdk.Refuse(sdk.FileMissing, "there is no such file")
	}
	if err != nil {
		return refused("remove", err)
	}
	ctx, cancel := b.within(0)
	defer cancel()
	return failed("remove the file", b.removeKey(ctx, b.key(name)))
}
