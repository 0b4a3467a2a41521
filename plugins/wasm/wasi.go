package wasm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/sys"
)

// The answers of WASI preview 1 that we give.
const (
	wasiOK          = 0
	wasiAccess      = 2
	wasiBadFile     = 8
	wasiFault       = 21
	wasiInvalid     = 28
	wasiIO          = 29
	wasiIsDir       = 31
	wasiTooMany     = 33
	wasiNoEntry     = 44
	wasiNoSys       = 52
	wasiNotDir      = 54
	wasiReadOnly    = 69
	wasiNotSeekable = 70
)

// wasiTable is WASI preview 1 without arguments, environment and sockets, and with files for reading only.
var wasiTable = []hostFunc{
	wasi("args_get", "ii:i", func(t *task, s []uint64) uint64 { return wasiOK }),
	wasi("args_sizes_get", "ii:i", sizesZero),
	wasi("environ_get", "ii:i", func(t *task, s []uint64) uint64 { return wasiOK }),
	wasi("environ_sizes_get", "ii:i", sizesZero),
	wasi("clock_res_get", "ii:i", func(t *task, s []uint64) uint64 { return t.put64(s[1], 1000) }),
	wasi("clock_time_get", "iIi:i", clockTime),
	wasi("fd_advise", "iIIi:i", opened),
	wasi("fd_allocate", "iII:i", readOnly),
	wasi("fd_close", "i:i", fdClose),
	wasi("fd_datasync", "i:i", opened),
	wasi("fd_fdstat_get", "ii:i", fdStat),
	wasi("fd_fdstat_set_flags", "ii:i", opened),
	wasi("fd_fdstat_set_rights", "iII:i", opened),
	wasi("fd_filestat_get", "ii:i", fdFileStat),
	wasi("fd_filestat_set_size", "iI:i", readOnly),
	wasi("fd_filestat_set_times", "iIIi:i", readOnly),
	wasi("fd_pread", "iiiIi:i", fdPread),
	wasi("fd_prestat_dir_name", "iii:i", prestatName),
	wasi("fd_prestat_get", "ii:i", prestat),
	wasi("fd_pwrite", "iiiIi:i", readOnly),
	wasi("fd_read", "iiii:i", fdRead),
	wasi("fd_readdir", "iiiIi:i", fdReadDir),
	wasi("fd_renumber", "ii:i", unknown),
	wasi("fd_seek", "iIii:i", fdSeek),
	wasi("fd_sync", "i:i", opened),
	wasi("fd_tell", "ii:i", fdTell),
	wasi("fd_write", "iiii:i", fdWrite),
	wasi("path_create_directory", "iii:i", readOnly),
	wasi("path_filestat_get", "iiiii:i", pathFileStat),
	wasi("path_filestat_set_times", "iiiiIIi:i", readOnly),
	wasi("path_link", "iiiiiii:i", readOnly),
	wasi("path_open", "iiiiiIIii:i", pathOpen),
	wasi("path_readlink", "iiiiii:i", unknown),
	wasi("path_remove_directory", "iii:i", readOnly),
	wasi("path_rename", "iiiiii:i", readOnly),
	wasi("path_symlink", "iiiii:i", readOnly),
	wasi("path_unlink_file", "iii:i", readOnly),
	wasi("poll_oneoff", "iiii:i", pollOneOff),
	{wasiModule, "proc_exit", "i", procExit},
	wasi("proc_raise", "i:i", unknown),
	wasi("random_get", "ii:i", randomGet),
	wasi("sched_yield", ":i", func(t *task, s []uint64) uint64 { return wasiOK }),
	wasi("sock_accept", "iii:i", unknown),
	wasi("sock_recv", "iiiiii:i", unknown),
	wasi("sock_send", "iiiii:i", unknown),
	wasi("sock_shutdown", "ii:i", unknown),
}

func wasi(name, signature string, do func(*task, []uint64) uint64) hostFunc {
	return hostFunc{wasiModule, name, signature, func(t *task, s []uint64) { s[0] = do(t, s) }}
}

func unknown(*task, []uint64) uint64  { return wasiNoSys }
func readOnly(*task, []uint64) uint64 { return wasiReadOnly }

// opened answers for what has no effect on a file that is open.
func opened(t *task, s []uint64) uint64 {
	if fd := uint32(s[0]); fd <= 2 || t.files().get(fd) != nil {
		return wasiOK
	}
	return wasiBadFile
}

func (t *task) put32(ptr uint64, v uint32) uint64 {
	if !t.in.mem.WriteUint32Le(uint32(ptr), v) {
		return wasiFault
	}
	return wasiOK
}

func (t *task) put64(ptr, v uint64) uint64 {
	if !t.in.mem.WriteUint64Le(uint32(ptr), v) {
		return wasiFault
	}
	return wasiOK
}

func sizesZero(t *task, s []uint64) uint64 {
	if t.put32(s[0], 0) != wasiOK {
		return wasiFault
	}
	return t.put32(s[1], 0)
}

// stillTime is the time that a module without the clock sees while it is asked nothing.
var stillTime = time.Unix(1_600_000_000, 0)

// clockTime gives the time. Without the grant it is the question's own and moves only by what the module sleeps, so
// that a decision can be replayed, and so that nothing can be measured with it. The steady clock never goes back.
func clockTime(t *task, s []uint64) uint64 {
	now := t.clock
	if t.exit.grants.Clock {
		now = t.now()
	}
	if uint32(s[0]) != 0 {
		if now.Before(t.in.steady) {
			now = t.in.steady
		}
		t.in.steady = now
	}
	return t.put64(s[2], uint64(now.UnixNano()))
}

// bytesPerRandom is how many random bytes one of fuel pays for: they cost far more than copied ones.
const bytesPerRandom = 2

// randomGet fills the module's memory with random bytes, different ones for each instance.
func randomGet(t *task, s []uint64) uint64 {
	b, ok := t.bytes(s[0], s[1])
	if !ok {
		return wasiFault
	}
	t.burn(int64(len(b)) / bytesPerRandom)
	for len(b) > 0 {
		n := min(len(b), 1<<20)
		_, _ = rand.Read(b[:n]) // it never fails
		b = b[n:]
		t.checkDeadline()
	}
	return wasiOK
}

func procExit(t *task, s []uint64) {
	panic(sys.NewExitError(uint32(s[0])))
}

const (
	subscriptionSize = 48
	eventSize        = 32
	maxSubscriptions = 64
)

// pollOneOff waits until the first of the clocks, but never past the deadline. Files are always ready.
func pollOneOff(t *task, s []uint64) uint64 {
	n := uint32(s[2])
	if n == 0 || n > maxSubscriptions {
		return wasiInvalid
	}
	in, ok := t.bytes(s[0], uint64(n)*subscriptionSize)
	out, ok2 := t.bytes(s[1], uint64(n)*eventSize)
	if !ok || !ok2 {
		return wasiFault
	}
	subs := append([]byte(nil), in...) // the events may lie over them
	wait, clocks := time.Duration(-1), false
	for i := range int(n) {
		d := t.subscribed(subs[i*subscriptionSize:][:subscriptionSize])
		clocks = clocks || d > 0
		if wait < 0 || d < wait {
			wait = d
		}
	}
	if clocks && wait > 0 {
		t.sleep(wait)
	}
	events := uint32(0)
	for i := range int(n) {
		sub := subs[i*subscriptionSize:][:subscriptionSize]
		if t.subscribed(sub) > wait && sub[8] == 0 {
			continue
		}
		event := out[events*eventSize:][:eventSize]
		clear(event)
		copy(event, sub[:8])
		event[10] = sub[8]
		events++
	}
	return t.put32(s[3], events)
}

// subscribed is how long a subscription waits: 0 for a file.
func (t *task) subscribed(sub []byte) time.Duration {
	if sub[8] != 0 {
		return 0
	}
	timeout := binary.LittleEndian.Uint64(sub[24:])
	if binary.LittleEndian.Uint16(sub[40:])&1 != 0 { // an absolute time
		now := t.clock
		if t.exit.grants.Clock {
			now = t.now()
		}
		timeout -= min(timeout, uint64(max(now.UnixNano(), 0)))
	}
	return time.Duration(min(timeout, uint64(time.Hour*24)))
}

// sleep waits with the gate free for others. Whoever would sleep past the deadline need not wait for it.
func (t *task) sleep(d time.Duration) {
	if d > t.left() {
		panic(stopped(ErrDeadline, "the module slept past its deadline (%v)", t.until.Sub(t.began)))
	}
	t.outside(func(ctx context.Context) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	})
	t.clock = t.clock.Add(d)
}
