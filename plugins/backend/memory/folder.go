package memory

import (
	"math"
	"path"

	"github.com/postern/postern/sdk"
)

// Mkdir makes a folder in one that is there.
func (b *Backend) Mkdir(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.mayTake(name, sdk.ExistsFail); err != nil {
		return err
	}
	if dir := path.Dir(name); dir != "." && !b.isFolder(dir) {
		return sdk.Refuse(sdk.FileMissing, "there is no folder %s", dir)
	}
	b.folders[name] = true
	return nil
}

// Rmdir removes an empty folder.
func (b *Backend) Rmdir(name string) error {
	if err := sdk.CheckPath(name); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.files[name] != nil:
		return sdk.Refuse(sdk.FileOpen, "it is no folder")
	case !b.isFolder(name):
		return sdk.Refuse(sdk.FileMissing, "there is no such folder")
	case b.inUse(name):
		return sdk.Refuse(sdk.FileOpen, "the folder is not empty")
	}
	delete(b.folders, name)
	return nil
}

// Space tells what is left of the quota; nothing is known without one.
func (b *Backend) Space() (sdk.Space, error) {
	if b.settings.Limit <= 0 {
		return sdk.Space{}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	free := b.free()
	n := int64(len(b.files) + len(b.parts))
	return sdk.Space{Total: b.settings.Limit, Free: free, Available: free, Files: math.MaxInt32, FilesFree: math.MaxInt32 - n}, nil
}
