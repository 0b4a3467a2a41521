package local

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/postern/postern/sdk"
	"golang.org/x/sys/unix"
)

// short makes every call of a vector use at most two buffers, and three bytes of the last.
func short(v *vector) {
	v.call = func(fd uintptr) {
		whole := v.iov
		v.iov = append([]unix.Iovec(nil), whole[:min(2, len(whole))]...)
		last := &v.iov[len(v.iov)-1]
		last.SetLen(min(3, int(last.Len)))
		v.run(fd)
		v.iov = whole
	}
}

func TestShortWritesAndReadsGoOnWhereTheyStopped(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	v := newVector()
	short(v)
	want := []byte("....0123456789abcdefghij")
	bufs := [][]byte{nil, want[4:5], {}, want[5:12], want[12:14], want[14:]}
	if err := v.writeAt(f, raw, bufs, 4); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got[4:], want[4:]) {
		t.Fatalf("the file holds %q (%v)", got, err)
	}
	back := [][]byte{make([]byte, 5), nil, make([]byte, 1), make([]byte, 14)}
	if n, err := v.readAt(f, raw, back, 4); n != 20 || err != nil || !bytes.Equal(bytes.Join(back, nil), want[4:]) {
		t.Fatalf("%d bytes came back: %q (%v)", n, back, err)
	}
	if n, err := v.readAt(f, raw, back, 14); n != 10 || err != io.EOF {
		t.Fatalf("%d bytes came back (%v), want 10 and EOF", n, err)
	}
}

func TestAFullDiskIsSaidAsItIs(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	b := open(t, Settings{Root: t.TempDir()})
	w := create(t, b, sdk.Target{ID: "t1", Path: "a", Size: -1})
	real := w.raw
	if w.raw, err = full.SyscallConn(); err != nil {
		t.Fatal(err)
	}
	code(t, w.WriteAt([][]byte{{1}, {2}}, 0), sdk.DataSpace)
	w.raw = real
	write(t, w, 0, "ok")
	commit(t, w, sdk.ExistsFail)
}

func TestAWriteAllocatesNothing(t *testing.T) {
	b := open(t, Settings{Root: t.TempDir(), Quota: 1 << 30})
	w := create(t, b, sdk.Target{ID: "t1", Path: "a", Size: -1})
	defer w.Discard()
	bufs := make([][]byte, 2000)
	for i := range bufs {
		bufs[i] = make([]byte, 16)
	}
	off := int64(0)
	for _, some := range [][][]byte{bufs[:1], bufs[:16], bufs} {
		n := testing.AllocsPerRun(20, func() {
			if err := w.WriteAt(some, off); err != nil {
				t.Fatal(err)
			}
			off += int64(total(some))
		})
		if n > 0 {
			t.Errorf("a write of %d buffers makes %v allocations", len(some), n)
		}
	}
}

func TestASystemWithoutTheOneStepRenameNeverOverwritesEither(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Settings{Root: dir})
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := b.open("")
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if err := linkNew(f, "a", f, "b"); err != syscall.EEXIST {
		t.Fatalf("the error is %v, want EEXIST", err)
	}
	if err := linkNew(f, "a", f, "c"); err != nil {
		t.Fatal(err)
	}
	if got := everything(t, dir); len(got) != 2 || got[0] != "b" || got[1] != "c" {
		t.Fatalf("%q are there", got)
	}
}

func BenchmarkWriteAt(b *testing.B) {
	for _, c := range []struct {
		name        string
		count, size int
	}{{"1x256K", 1, 256 << 10}, {"64x4K", 64, 4 << 10}, {"1024x80", 1024, 80}, {"3000x80", 3000, 80}} {
		b.Run(c.name, func(b *testing.B) {
			back := open(b, Settings{Root: b.TempDir()})
			w := create(b, back, sdk.Target{ID: "t1", Path: "a", Size: -1})
			defer w.Discard()
			bufs := make([][]byte, c.count)
			for i := range bufs {
				bufs[i] = make([]byte, c.size)
			}
			step := int64(total(bufs))
			b.SetBytes(step)
			b.ReportAllocs()
			off := int64(0)
			for b.Loop() {
				if err := w.WriteAt(bufs, off%(64<<20)); err != nil {
					b.Fatal(err)
				}
				off += step
			}
		})
	}
}

func BenchmarkReadvAt(b *testing.B) {
	back := open(b, Settings{Root: b.TempDir()})
	w := create(b, back, sdk.Target{ID: "t1", Path: "a", Size: -1})
	write(b, w, 0, string(make([]byte, 1<<20)))
	commit(b, w, sdk.ExistsFail)
	r, err := back.Open("a")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	bufs := make([][]byte, 64)
	for i := range bufs {
		bufs[i] = make([]byte, 16<<10)
	}
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.(sdk.VectorReader).ReadvAt(bufs, 0); err != nil {
			b.Fatal(err)
		}
	}
}
