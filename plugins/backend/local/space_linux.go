package local

import (
	"golang.org/x/sys/unix"

	"github.com/postern/postern/sdk"
)

// Space tells what the file system of the root has. The backend's own limit is not in it.
func (b *Backend) Space() (sdk.Space, error) {
	f, err := b.open("")
	if err != nil {
		return sdk.Space{}, missingOr("look for space in", err)
	}
	defer f.close()
	var st unix.Statfs_t
	if err := control(f.dir, func(fd int) error { return unix.Fstatfs(fd, &st) }); err != nil {
		return sdk.Space{}, failed("look for space", err)
	}
	unit := int64(st.Bsize)
	return sdk.Space{Total: int64(st.Blocks) * unit, Free: int64(st.Bfree) * unit, Available: int64(st.Bavail) * unit,
		Files: int64(st.Files), FilesFree: int64(st.Ffree)}, nil
}
