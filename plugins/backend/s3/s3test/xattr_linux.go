package s3test

import (
	"os"
	"path/filepath"
	"syscall"
)

// hasAttributes reports whether the folder's file system keeps what the server notes beside a file.
func hasAttributes(folder string) bool {
	probe := filepath.Join(folder, ".probe")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		return false
	}
	defer os.Remove(probe)
	return syscall.Setxattr(probe, "user.postern", []byte("x"), 0) == nil
}
