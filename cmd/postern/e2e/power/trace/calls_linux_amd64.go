package trace

import "golang.org/x/sys/unix"

// legacy are the calls that only this architecture has, as those that took their place: they name no folder.
var legacy = map[uint64]uint64{
	unix.SYS_OPEN: unix.SYS_OPENAT, unix.SYS_RENAME: unix.SYS_RENAMEAT, unix.SYS_LINK: unix.SYS_LINKAT,
	unix.SYS_UNLINK: unix.SYS_UNLINKAT, unix.SYS_RMDIR: unix.SYS_UNLINKAT, unix.SYS_MKDIR: unix.SYS_MKDIRAT,
	unix.SYS_CREAT: unix.SYS_OPENAT,
}

// modern rewrites the arguments of a legacy call.
func modern(nr uint64, a [6]uint64) (uint64, [6]uint64) {
	as, ok := legacy[nr]
	if !ok {
		return nr, a
	}
	const here = ^uint64(0) - 99 // AT_FDCWD
	switch nr {
	case unix.SYS_RENAME:
		return as, [6]uint64{here, a[0], here, a[1]}
	case unix.SYS_LINK:
		return as, [6]uint64{here, a[0], here, a[1], 0}
	case unix.SYS_CREAT:
		return as, [6]uint64{here, a[0], unix.O_CREAT | unix.O_TRUNC | unix.O_WRONLY}
	}
	return as, [6]uint64{here, a[0], a[1], a[2]}
}
