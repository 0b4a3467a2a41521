//go:build linux || darwin || freebsd

package health

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free tells how many bytes of a folder's disk this process may still fill; -1: the system does not say.
func Free(folder string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, fmt.Errorf("ask for the room on the disk of %s: %w", folder, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
