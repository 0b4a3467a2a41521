package journal

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// A file system may say only when it syncs that there was no room. The record is whole in the file then, and would be taken
// for one that was committed.
func TestAFailedSyncIsNotTakenForAFullDisk(t *testing.T) {
	path, _ := written(t, 2)
	j, _, err := Open(path, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Restart()
	j.sync = func(*os.File) error { return os.NewSyscallError("fdatasync", syscall.ENOSPC) }
	if err := j.Append(record(2)); err == nil || errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrFull) {
		t.Errorf("append: %v", err)
	}
}
